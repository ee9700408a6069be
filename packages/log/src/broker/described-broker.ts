import { allBrokers, changeableSettings } from './broker-configs.js'
import { type BrokerSetting, brokerSettings } from './broker-setting.js'
import { type ConfigSynonym, configSources, type DescribedConfig } from './config-resource.js'
import { describedSetting } from './described-setting.js'
import type { BrokerState } from './request-handler.js'

/** The settings that the broker goes by: those that may change, and those that may not. */
export function describedBroker(broker: BrokerState): DescribedConfig[] {
  return [
    ...changeableSettings.map((setting) =>
      describedSetting(setting, broker.brokerConfigs.synonymsOf(setting)),
    ),
    ...brokerSettings.map((setting) => fixed(setting, setting.valueIn(broker))),
  ]
}

/** What was changed for all brokers. */
export function describedDefaults(broker: BrokerState): DescribedConfig[] {
  const given = broker.brokerConfigs.given(allBrokers)
  return changeableSettings.flatMap((setting) => {
    const { name } = setting
    const value = given[name]
    if (value === undefined) return []
    return [describedSetting(setting, [{ name, value, source: configSources.dynamicDefault }])]
  })
}

function fixed(setting: BrokerSetting, value: string): DescribedConfig {
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
