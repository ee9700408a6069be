import { messageBytesMaxDefault, segmentBytesDefault, segmentBytesMin } from '../limits.js'

/** A setting of a topic, by Kafka's name for it. */
export interface TopicSetting {
  readonly name: string
  /** What holds for a topic that does not say otherwise. */
  readonly defaultValue: string
  /** Whether that is not Kafka's own default, but one that this broker was set up with. */
  readonly isBrokersOwn?: true
  /** The broker's setting that gives a topic its default; undefined where Kafka has none. */
  readonly brokerName?: string
  /** Kafka's code of the type of value. */
  readonly configType: number
  readonly documentation: string
  /** Why a value is refused; undefined where it is fine. */
  readonly refusal: (value: string) => string | undefined
}

/** Kafka's codes for the types of settings. */
const configTypes = { boolean: 1, string: 2, int: 3, long: 5, double: 6, list: 7 } as const

const int32Max = 0x7fffffff
const int64Max = 0x7fff_ffff_ffff_ffffn
const never = String(int64Max)
const dayMs = 24 * 60 * 60_000

/**
 * The settings of Kafka's topics, in the order of their names: with its types, bounds and
 * defaults, but for `retention.ms`, `local.retention.ms` and `segment.bytes`. Records are kept
 * for ever by default, because those of an embedded broker often carry times of long ago, and a
 * default must not lose anything.
 */
export const topicSettings: readonly TopicSetting[] = [
  {
    ...list('cleanup.policy', 'delete', ['compact', 'delete']),
    brokerName: 'log.cleanup.policy',
    documentation:
      'What becomes of old records: delete removes them by age and size, compact keeps the last of each key; both and neither are possible.',
  },
  {
    ...integer('compression.gzip.level', '-1', [-1, 9], [0]),
    brokerName: 'compression.gzip.level',
    documentation: 'Kept for those who ask; the broker compresses nothing itself.',
  },
  {
    ...integer('compression.lz4.level', '9', [1, 17]),
    brokerName: 'compression.lz4.level',
    documentation: 'Kept for those who ask; the broker compresses nothing itself.',
  },
  {
    ...oneOf('compression.type', 'producer', [
      ...['uncompressed', 'zstd', 'lz4', 'snappy', 'gzip', 'producer'],
    ]),
    brokerName: 'compression.type',
    documentation: 'Kept for those who ask; batches stay compressed as the producer sent them.',
  },
  {
    ...integer('compression.zstd.level', '3', [-131072, 22]),
    brokerName: 'compression.zstd.level',
    documentation: 'Kept for those who ask; the broker compresses nothing itself.',
  },
  {
    ...long('delete.retention.ms', String(dayMs), 0n),
    brokerName: 'log.cleaner.delete.retention.ms',
    documentation: 'How long compaction leaves a tombstone, a record that has no value.',
  },
  {
    ...long('file.delete.delay.ms', '60000', 0n),
    brokerName: 'log.segment.delete.delay.ms',
    documentation: 'Kept for those who ask; files are removed at once, for no reader holds them.',
  },
  {
    ...long('flush.messages', never, 1n),
    brokerName: 'log.flush.interval.messages',
    documentation: 'Records after which the log is synced; 1 syncs before each acknowledgement.',
  },
  {
    ...long('flush.ms', never, 0n),
    documentation: 'How long a record may wait until it is synced.',
  },
  {
    ...replicas('follower.replication.throttled.replicas'),
    documentation: 'Kept for those who ask; there are no followers.',
  },
  {
    ...integer('index.interval.bytes', '4096', [0, int32Max]),
    brokerName: 'log.index.interval.bytes',
    documentation: 'Kept for those who ask; there is an index entry for 4096 bytes.',
  },
  {
    ...replicas('leader.replication.throttled.replicas'),
    documentation: 'Kept for those who ask; there are no followers.',
  },
  {
    ...long('local.retention.bytes', '-2', -2n),
    brokerName: 'log.local.retention.bytes',
    documentation: 'Kept for those who ask; there is no remote storage.',
  },
  {
    ...long('local.retention.ms', '-2', -2n),
    brokerName: 'log.local.retention.ms',
    documentation: 'Kept for those who ask; there is no remote storage.',
  },
  {
    ...long('max.compaction.lag.ms', never, 1n),
    brokerName: 'log.cleaner.max.compaction.lag.ms',
    documentation: 'How long a record may wait until it is compacted, however little there is.',
  },
  {
    ...integer('max.message.bytes', String(messageBytesMaxDefault), [0, int32Max]),
    brokerName: 'message.max.bytes',
    documentation: 'The largest record batch.',
  },
  {
    ...long('message.timestamp.after.max.ms', '3600000', 0n),
    brokerName: 'log.message.timestamp.after.max.ms',
    documentation: "How far a record's time may be ahead of the broker's.",
  },
  {
    ...long('message.timestamp.before.max.ms', never, 0n),
    brokerName: 'log.message.timestamp.before.max.ms',
    documentation: "How far a record's time may be behind the broker's.",
  },
  {
    ...oneOf('message.timestamp.type', 'CreateTime', ['CreateTime', 'LogAppendTime']),
    brokerName: 'log.message.timestamp.type',
    documentation: "Whose time a record carries: the producer's, or the broker's.",
  },
  {
    ...number('min.cleanable.dirty.ratio', '0.5', 0, 1),
    brokerName: 'log.cleaner.min.cleanable.ratio',
    documentation: 'The part of a log that must be new before it is compacted again.',
  },
  {
    ...long('min.compaction.lag.ms', '0', 0n),
    brokerName: 'log.cleaner.min.compaction.lag.ms',
    documentation: 'How long a record stays uncompacted at least.',
  },
  {
    ...integer('min.insync.replicas', '1', [1, int32Max]),
    brokerName: 'min.insync.replicas',
    documentation: 'Kept for those who ask; there is one replica.',
  },
  {
    ...boolean('preallocate', 'false'),
    brokerName: 'log.preallocate',
    documentation: 'Kept for those who ask; files grow as they are written.',
  },
  {
    ...boolean('remote.log.copy.disable', 'false'),
    documentation: 'Kept for those who ask; there is no remote storage.',
  },
  {
    ...boolean('remote.log.delete.on.disable', 'false'),
    documentation: 'Kept for those who ask; there is no remote storage.',
  },
  {
    ...boolean('remote.storage.enable', 'false'),
    refusal: (value) =>
      value.trim().toLowerCase() === 'false'
        ? undefined
        : 'must be false, for there is no remote storage',
    documentation: 'Kept for those who ask; there is no remote storage.',
  },
  {
    ...long('retention.bytes', '-1', -(int64Max + 1n)),
    brokerName: 'log.retention.bytes',
    documentation: 'What a partition may have at most before its oldest segments go; -1 for all.',
  },
  {
    ...long('retention.ms', '-1', -1n),
    brokerName: 'log.retention.ms',
    isBrokersOwn: true,
    documentation: 'How old the youngest record of a segment may be before that goes; -1 for ever.',
  },
  {
    ...integer('segment.bytes', String(segmentBytesDefault), [segmentBytesMin, int32Max]),
    brokerName: 'log.segment.bytes',
    isBrokersOwn: true,
    documentation: 'A segment of the log becomes full at this size.',
  },
  {
    ...integer('segment.index.bytes', '10485760', [4, int32Max]),
    brokerName: 'log.index.size.max.bytes',
    documentation: 'Kept for those who ask; indexes are as large as their segments need.',
  },
  {
    ...long('segment.jitter.ms', '0', 0n),
    brokerName: 'log.roll.jitter.ms',
    documentation: 'Kept for those who ask; segments begin when they must.',
  },
  {
    ...long('segment.ms', String(7 * dayMs), 1n),
    brokerName: 'log.roll.ms',
    documentation: 'A new segment begins when the records of one span more time than this.',
  },
  {
    ...boolean('unclean.leader.election.enable', 'false'),
    brokerName: 'unclean.leader.election.enable',
    documentation: 'Kept for those who ask; there is one replica.',
  },
]

/** Settings that Kafka takes and shows to nobody: segments smaller than it lets a person set. */
export const hiddenTopicSettings: readonly TopicSetting[] = [
  {
    ...integer('internal.segment.bytes', '', [1, int32Max]),
    documentation: 'A segment of the log becomes full at this size, however small.',
  },
]

type Described = Omit<TopicSetting, 'documentation'>

function integer(
  name: string,
  defaultValue: string,
  [min, max]: readonly [number, number],
  except: readonly number[] = [],
): Described {
  const refusal = (value: string) => {
    const refused = wholeNumberRefusal(value, BigInt(min), BigInt(max))
    return except.includes(Number(value)) ? `must not be ${value.trim()}` : refused
  }
  return { name, defaultValue, configType: configTypes.int, refusal }
}

function long(name: string, defaultValue: string, min: bigint): Described {
  const refusal = (value: string) => wholeNumberRefusal(value, min, int64Max)
  return { name, defaultValue, configType: configTypes.long, refusal }
}

function wholeNumberRefusal(value: string, min: bigint, max: bigint): string | undefined {
  const text = value.trim()
  if (/^[+-]?\d+$/.test(text)) {
    const given = BigInt(text.replace('+', ''))
    if (given >= min && given <= max) return undefined
  }
  return `must be a whole number from ${min} to ${max}`
}

function number(name: string, defaultValue: string, min: number, max: number): Described {
  const refusal = (value: string) => {
    const isNumber = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(value.trim())
    if (isNumber && Number(value) >= min && Number(value) <= max) return undefined
    return `must be a number from ${min} to ${max}`
  }
  return { name, defaultValue, configType: configTypes.double, refusal }
}

function boolean(name: string, defaultValue: string): Described {
  const refusal = (value: string) =>
    ['true', 'false'].includes(value.trim().toLowerCase()) ? undefined : 'must be true or false'
  return { name, defaultValue, configType: configTypes.boolean, refusal }
}

function oneOf(name: string, defaultValue: string, values: readonly string[]): Described {
  const refusal = (value: string) =>
    values.includes(value.trim()) ? undefined : `must be one of ${values.join(', ')}`
  return { name, defaultValue, configType: configTypes.string, refusal }
}

function list(name: string, defaultValue: string, values: readonly string[]): Described {
  const refusal = (value: string) =>
    listOf(value).every((each) => values.includes(each))
      ? undefined
      : `must be a list, with commas, of ${values.join(', ')}`
  return { name, defaultValue, configType: configTypes.list, refusal }
}

function replicas(name: string): Described {
  const refusal = (value: string) =>
    value.trim() === '*' || listOf(value).every((each) => /^\d+:\d+$/.test(each))
      ? undefined
      : 'must be * or a list, with commas, of PARTITION:BROKER'
  return { name, defaultValue: '', configType: configTypes.list, refusal }
}

/** The elements of a list, as Kafka writes one: with commas, none where it is empty. */
export function listOf(value: string): string[] {
  return value.trim() === '' ? [] : value.split(',').map((each) => each.trim())
}
