import { KafkaError } from '../errors.js'
import type { LogConfig } from '../storage/log-config.js'
import { hiddenTopicSettings, listOf, type TopicSetting, topicSettings } from './topic-setting.js'

export type { TopicSetting } from './topic-setting.js'
export { listOf, topicSettings } from './topic-setting.js'

/** What a topic was given of its settings, by their names. */
export type TopicConfigs = Readonly<Record<string, string>>

const settings: ReadonlyMap<string, TopicSetting> = new Map(
  [...topicSettings, ...hiddenTopicSettings].map((setting) => [setting.name, setting]),
)

/** Throws INVALID_CONFIG for a setting that is not known or a value it cannot have. */
export function checkTopicConfigs(topic: string, configs: TopicConfigs): void {
  for (const [name, value] of Object.entries(configs)) {
    const setting = settings.get(name)
    if (setting === undefined) throw refused(topic, `There is no setting "${name}".`)
    const refusal = setting.refusal(value)
    if (refusal !== undefined) throw refused(topic, `${name} = "${value}": it ${refusal}.`)
  }
  const { compactionLagMsMin, compactionLagMsMax } = logConfigOf(configs)
  if (compactionLagMsMin > compactionLagMsMax) {
    const detail = `min.compaction.lag.ms is ${compactionLagMsMin}, and max.compaction.lag.ms only ${compactionLagMsMax}.`
    throw refused(topic, detail)
  }
}

/** What the settings mean for the topic's logs. */
export function logConfigOf(configs: TopicConfigs): LogConfig {
  const value = (name: string) => configs[name] ?? settings.get(name)?.defaultValue ?? ''
  const whole = (name: string) => wholeNumber(value(name))
  /** Where a negative number stands for no limit. */
  const limit = (name: string) => (whole(name) < 0 ? Infinity : whole(name))
  const policy = listOf(value('cleanup.policy'))
  const flushMessages = whole('flush.messages')
  const compacts = policy.includes('compact')
  const segmentMs = whole('segment.ms')
  // A record that is to be compacted in time must not stay in the segment that is written to.
  const compactionLagMsMax = whole('max.compaction.lag.ms')
  const segmentBytes = configs['internal.segment.bytes'] ?? value('segment.bytes')
  return {
    segmentBytes: wholeNumber(segmentBytes),
    segmentMs: compacts ? Math.min(segmentMs, compactionLagMsMax) : segmentMs,
    messageBytesMax: whole('max.message.bytes'),
    flushMessages: flushMessages === Infinity ? 0 : flushMessages,
    flushMs: whole('flush.ms'),
    deletes: policy.includes('delete'),
    compacts,
    retentionBytes: limit('retention.bytes'),
    retentionMs: limit('retention.ms'),
    timestamps: value('message.timestamp.type').trim() === 'LogAppendTime' ? 'append' : 'create',
    timestampBeforeMsMax: whole('message.timestamp.before.max.ms'),
    timestampAfterMsMax: whole('message.timestamp.after.max.ms'),
    compactionLagMsMin: whole('min.compaction.lag.ms'),
    compactionLagMsMax,
    dirtyRatioMin: Number(value('min.cleanable.dirty.ratio')),
    tombstoneMs: whole('delete.retention.ms'),
  }
}

/** A number too large to count with, as Kafka's greatest one, stands for no limit. */
function wholeNumber(value: string): number {
  const number = Number(value)
  return number > Number.MAX_SAFE_INTEGER ? Infinity : number
}

function refused(topic: string, detail: string): KafkaError {
  return new KafkaError('INVALID_CONFIG', `topic ${topic}`, { detail })
}
