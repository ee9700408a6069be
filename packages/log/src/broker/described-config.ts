import { type TopicConfigs, topicSettings } from './topic-config.js'

/** Kafka's codes of where a value comes from. */
export const configSources = { topic: 1, broker: 4, default: 5 } as const

/** The settings of a topic that was made with `configs`. */
export function describedTopic(configs: TopicConfigs) {
  return topicSettings.map(({ name, defaultValue, isBrokersOwn, configType, documentation }) => {
    const otherwise = isBrokersOwn ? configSources.broker : configSources.default
    const given = configs[name]
    return {
      name,
      value: given ?? defaultValue,
      configSource: given === undefined ? otherwise : configSources.topic,
      configType,
      documentation,
    }
  })
}
