import { type BrokerConfigs, usualDefault } from './broker-configs.js'
import { configSources, type DescribedConfig, plainValue } from './config-resource.js'
import { describedSetting } from './described-setting.js'
import { type TopicConfigs, topicSettings } from './topic-config.js'

/** The settings of a topic that was given `configs`; no `broker` for the broker's own topics. */
export function describedTopic(
  configs: TopicConfigs,
  broker: BrokerConfigs | undefined,
): DescribedConfig[] {
  return topicSettings.map((setting) => {
    const { name, configType } = setting
    const given = configs[name]
    const own =
      given === undefined
        ? []
        : [{ name, value: plainValue(configType, given), source: configSources.topic }]
    return describedSetting(setting, [
      ...own,
      ...(broker?.synonymsOf(setting) ?? usualDefault(setting)),
    ])
  })
}
