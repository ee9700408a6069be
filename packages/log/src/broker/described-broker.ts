import { type BrokerSetting, brokerSettings } from './broker-setting.js'
import { type ConfigSynonym, configSources, type DescribedConfig } from './config-resource.js'
import type { BrokerState } from './request-handler.js'

/** The settings that the broker goes by. */
export function describedBroker(broker: BrokerState): DescribedConfig[] {
  return brokerSettings.map((setting) => described(setting, setting.valueIn(broker)))
}

function described(setting: BrokerSetting, value: string): DescribedConfig {
  const { name, defaultValue, configType, documentation } = setting
  const synonyms: ConfigSynonym[] = []
  if (value !== defaultValue) synonyms.push({ name, value, source: configSources.staticBroker })
  if (defaultValue !== null) {
    synonyms.push({ name, value: defaultValue, source: configSources.default })
  }
  return {
    name,
    value,
    readOnly: true,
    isSensitive: false,
    configSource: synonyms[0]?.source ?? configSources.default,
    configType,
    documentation,
    synonyms,
  }
}
