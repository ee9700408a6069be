import { configSources, configTypes, type DescribedConfig } from './config-resource.js'
import { listOf, type TopicConfigs, type TopicSetting, topicSettings } from './topic-config.js'

/** The settings of a topic that was given `configs`. */
export function describedTopic(configs: TopicConfigs): DescribedConfig[] {
  return topicSettings.map((setting) => {
    const { name, brokerName, defaultValue, configType, documentation } = setting
    const otherwise = setting.isBrokersOwn ? configSources.staticBroker : configSources.default
    const given = configs[name]
    const own =
      given === undefined
        ? []
        : [{ name, value: plain(setting, given), source: configSources.topic }]
    const brokers =
      brokerName === undefined ? [] : [{ name: brokerName, value: defaultValue, source: otherwise }]
    return {
      name,
      value: own[0]?.value ?? defaultValue,
      readOnly: false,
      isSensitive: false,
      configSource: own[0]?.source ?? otherwise,
      configType,
      documentation,
      synonyms: [...own, ...brokers],
    }
  })
}

/** A value may have blanks around it and be written in several ways; it is told in one. */
function plain({ configType }: TopicSetting, given: string): string {
  if (configType === configTypes.list) return listOf(given).join(',')
  return configType === configTypes.boolean ? given.trim().toLowerCase() : given.trim()
}
