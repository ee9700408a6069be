import { KafkaError } from '../errors.js'
import { messageBytesMaxDefault, segmentBytesDefault } from '../limits.js'
import type { LogConfig } from '../storage/partition-log.js'

/** A setting of a topic, by Kafka's name for it. */
export interface TopicSetting {
  readonly name: string
  readonly defaultValue: string
  /** Kafka's code of the type of value. */
  readonly configType: number
  readonly documentation: string
  /** Why a value is refused; undefined where it is fine. */
  readonly refusal: (value: string) => string | undefined
}

/** Kafka's codes for the types of settings. */
const configTypes = { int: 3, long: 5, list: 7 } as const

const int32Max = 0x7fffffff

/** The settings that the broker acts upon or keeps. */
export const topicSettings: readonly TopicSetting[] = [
  {
    name: 'cleanup.policy',
    defaultValue: 'delete',
    configType: configTypes.list,
    documentation: 'Kept for those who ask; nothing is deleted or compacted yet.',
    refusal: (value) =>
      value.split(',').every((each) => ['delete', 'compact'].includes(each.trim()))
        ? undefined
        : 'must be delete, compact, or both with a comma',
  },
  {
    name: 'flush.messages',
    defaultValue: '9223372036854775807',
    configType: configTypes.long,
    documentation: 'Records after which the log is synced; 1 syncs before each acknowledgement.',
    refusal: integerFrom(1, 2 ** 63),
  },
  {
    name: 'max.message.bytes',
    defaultValue: String(messageBytesMaxDefault),
    configType: configTypes.int,
    documentation: 'The largest record batch.',
    refusal: integerFrom(0, int32Max),
  },
  {
    name: 'retention.bytes',
    defaultValue: '-1',
    configType: configTypes.long,
    documentation: 'Kept for those who ask; nothing is deleted yet.',
    refusal: integerFrom(-1, 2 ** 63),
  },
  {
    name: 'retention.ms',
    defaultValue: '-1',
    configType: configTypes.long,
    documentation: 'Kept for those who ask; nothing is deleted yet.',
    refusal: integerFrom(-1, 2 ** 63),
  },
  {
    name: 'segment.bytes',
    defaultValue: String(segmentBytesDefault),
    configType: configTypes.int,
    documentation: 'A segment of the log becomes full at this size.',
    refusal: integerFrom(1024, int32Max),
  },
]

export type TopicConfigs = Readonly<Record<string, string>>

/** Throws INVALID_CONFIG for a setting that is not known or a value it cannot have. */
export function checkTopicConfigs(topic: string, configs: TopicConfigs): void {
  for (const [name, value] of Object.entries(configs)) {
    const setting = topicSettings.find((each) => each.name === name)
    if (setting === undefined && !keptSettings.has(name)) {
      throw refused(topic, `There is no setting "${name}".`)
    }
    const refusal = setting?.refusal(value)
    if (refusal !== undefined) throw refused(topic, `${name} = "${value}": it ${refusal}.`)
  }
}

/** What the settings mean for the topic's logs. */
export function logConfigOf(configs: TopicConfigs): LogConfig {
  const value = (name: string) => configs[name] ?? defaultOf(name)
  const flushMessages = Number(value('flush.messages'))
  return {
    segmentBytes: Number(value('segment.bytes')),
    messageBytesMax: Number(value('max.message.bytes')),
    flushMessages: Number.isSafeInteger(flushMessages) ? flushMessages : 0,
  }
}

/** Settings of Kafka that clients send along, and that have no meaning for one broker. */
const keptSettings = new Set([
  'compression.type',
  'delete.retention.ms',
  'file.delete.delay.ms',
  'flush.ms',
  'index.interval.bytes',
  'max.compaction.lag.ms',
  'message.timestamp.type',
  'min.cleanable.dirty.ratio',
  'min.compaction.lag.ms',
  'min.insync.replicas',
  'preallocate',
  'segment.ms',
  'unclean.leader.election.enable',
])

function defaultOf(name: string): string {
  return topicSettings.find((each) => each.name === name)?.defaultValue ?? ''
}

function integerFrom(min: number, max: number): (value: string) => string | undefined {
  return (value) =>
    /^-?\d+$/.test(value) && Number(value) >= min && Number(value) <= max
      ? undefined
      : `must be a whole number from ${min} to ${max}`
}

function refused(topic: string, detail: string): KafkaError {
  return new KafkaError('INVALID_CONFIG', `topic ${topic}`, { detail })
}
