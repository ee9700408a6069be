import { type BrokerConfigs, usualDefault } from './broker-configs.js'
import { configSources, type DescribedConfig, plainValue } from './config-resource.js'
import { type TopicConfigs, topicSettings } from './topic-config.js'

/** The settings of a topic that was given `configs`; no `broker` for the broker's own topics. */
export function describedTopic(
  configs: TopicConfigs,
  broker: BrokerConfigs | undefined,
): DescribedConfig[] {
  return topicSettings.map((setting) => {
    const { name, defaultValue, configType, documentation } = setting
    const given = configs[name]
    const own =
      given === undefined
        ? []
        : [{ name, value: plainValue(configType, given), source: configSources.topic }]
    const synonyms = [...own, ...(broker?.synonymsOf(setting) ?? usualDefault(setting))]
    return {
      name,
      value: synonyms[0]?.value ?? defaultValue,
      readOnly: false,
      isSensitive: false,
      configSource: synonyms[0]?.source ?? configSources.default,
      configType,
      documentation,
      synonyms,
    }
  })
}
