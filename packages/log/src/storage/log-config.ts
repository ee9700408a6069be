import { messageBytesMaxDefault, segmentBytesDefault } from '../limits.js'

/** What a topic says of its logs. `Infinity` where there is no limit. */
export interface LogConfig {
  /** A segment becomes full at this size. */
  segmentBytes: number
  /** A segment is full when a record is so much later than its first ones. */
  segmentMs: number
  /** A batch larger than this is refused. */
  messageBytesMax: number
  /** Synced before records are acknowledged, once this many are not; 0 leaves it to the system. */
  flushMessages: number
  /** Synced when a record has waited for so long. */
  flushMs: number
  /** Whether old segments go, by age and by size. */
  deletes: boolean
  /** Whether only the last record of each key is kept; then each record must have a key. */
  compacts: boolean
  /** The oldest segments go while the others still have so many bytes. */
  retentionBytes: number
  /** A segment goes when its youngest record is older than this. */
  retentionMs: number
  /** Whose time the records carry: their producers' ('create') or the broker's ('append'). */
  timestamps: 'create' | 'append'
  /** How far a producer's time may be behind the broker's, and ahead of it. */
  timestampBeforeMsMax: number
  timestampAfterMsMax: number
  /** A record younger than this is not compacted. */
  compactionLagMsMin: number
  /** A record older than this is compacted, however little there is. */
  compactionLagMsMax: number
  /** The part of the log, from 0 to 1, that must be new before it is compacted again. */
  dirtyRatioMin: number
  /** How long compaction leaves a record without a value. */
  tombstoneMs: number
}

/** Nothing in it depends on time. */
export const logConfigDefault: LogConfig = {
  segmentBytes: segmentBytesDefault,
  segmentMs: Infinity,
  messageBytesMax: messageBytesMaxDefault,
  flushMessages: 0,
  flushMs: Infinity,
  deletes: false,
  compacts: false,
  retentionBytes: Infinity,
  retentionMs: Infinity,
  timestamps: 'create',
  timestampBeforeMsMax: Infinity,
  timestampAfterMsMax: Infinity,
  compactionLagMsMin: 0,
  compactionLagMsMax: Infinity,
  dirtyRatioMin: 0.5,
  tombstoneMs: 24 * 60 * 60_000,
}
