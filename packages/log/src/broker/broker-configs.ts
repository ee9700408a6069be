import { KafkaError } from '../errors.js'
import type { ClusterMetadata } from './cluster-metadata.js'
import { type ConfigSynonym, configSources, plainValue } from './config-resource.js'
import { type TopicConfigs, type TopicSetting, topicSettings } from './topic-config.js'

/** The name under which the settings of all brokers are changed. */
export const allBrokers = ''

/**
 * The settings of the broker that may change while it runs: those that topics have their defaults
 * from. What they were changed to is in the metadata, for one broker (by its id) or for all; what
 * was said of the one goes first.
 */
export class BrokerConfigs {
  readonly #metadata: ClusterMetadata
  readonly #nodeId: number
  readonly #apply: () => void

  /** `apply` is called after each change, with the new settings in force. */
  constructor(metadata: ClusterMetadata, nodeId: number, apply: () => void) {
    this.#metadata = metadata
    this.#nodeId = nodeId
    this.#apply = apply
  }

  /** What a broker (or `allBrokers`) was told. */
  given(broker: string): TopicConfigs {
    return this.#metadata.brokerConfigs.get(broker) ?? {}
  }

  /**
   * Throws what `alter` would throw: INVALID_REQUEST for a setting that cannot be changed, or not
   * to this value.
   */
  check(broker: string, configs: TopicConfigs): void {
    const where = `broker "${broker}"`
    for (const [name, value] of Object.entries(configs)) {
      const setting = settings.get(name)
      if (setting === undefined) {
        const detail = `${name} cannot be changed while the broker runs.`
        throw new KafkaError('INVALID_REQUEST', where, { detail })
      }
      const refusal = setting.refusal(value)
      if (refusal === undefined) continue
      const detail = `${name} = "${value}": it ${refusal}.`
      throw new KafkaError('INVALID_REQUEST', where, { detail })
    }
  }

  /** Replaces what a broker was told. Throws INVALID_REQUEST, KAFKA_STORAGE_ERROR. */
  async alter(broker: string, configs: TopicConfigs): Promise<void> {
    this.check(broker, configs)
    const flushed = this.#metadata.append({ type: 'broker-configs-changed', broker, configs })
    this.#apply()
    await flushed
  }

  /** What brokers were told of a topic's setting, and its usual default: what holds goes first. */
  synonymsOf(setting: TopicSetting): ConfigSynonym[] {
    const { brokerName: name, configType } = setting
    if (name === undefined) return []
    const told = [
      { broker: String(this.#nodeId), source: configSources.dynamicBroker },
      { broker: allBrokers, source: configSources.dynamicDefault },
    ]
    const changed = told.flatMap(({ broker, source }) => {
      const value = this.given(broker)[name]
      return value === undefined ? [] : [{ name, value: plainValue(configType, value), source }]
    })
    return [...changed, ...usualDefault(setting)]
  }

  /** What holds for a topic that does not say otherwise, where it is not the usual default. */
  topicDefaults(): TopicConfigs {
    const changed = { ...this.given(allBrokers), ...this.given(String(this.#nodeId)) }
    return Object.fromEntries(
      topicSettings.flatMap(({ name, brokerName }) => {
        const value = brokerName === undefined ? undefined : changed[brokerName]
        return value === undefined ? [] : [[name, value]]
      }),
    )
  }
}

/** The default of a topic's setting, where the broker has a name for it. */
export function usualDefault({ brokerName, defaultValue, isBrokersOwn }: TopicSetting) {
  if (brokerName === undefined) return []
  const source = isBrokersOwn ? configSources.staticBroker : configSources.default
  return [{ name: brokerName, value: defaultValue, source }]
}

/** The settings that may change, under the broker's names for them. */
export const changeableSettings: readonly TopicSetting[] = topicSettings.flatMap((setting) =>
  setting.brokerName === undefined ? [] : [{ ...setting, name: setting.brokerName }],
)

const settings: ReadonlyMap<string, TopicSetting> = new Map(
  changeableSettings.map((setting) => [setting.name, setting]),
)
