import { KafkaError } from '../../errors.js'
import type { RequestOf } from '../../protocol/api.js'
import { listOffsets } from '../../protocol/apis.js'
import { readBatchHeader } from '../../records/batch-header.js'
import { visitRecords } from '../../records/visit-records.js'
import type { Isolation } from '../../storage/fetched-range.js'
import type { PartitionLog } from '../../storage/partition-log.js'
import { errorOf } from '../error-code.js'
import { checkLeaderEpoch } from '../leader-epoch.js'
import { checkNotRepeated, onceEach } from '../once-each.js'
import { type BrokerState, defineHandler } from '../request-handler.js'

type Asked = RequestOf<typeof listOffsets>['topics'][number]['partitions'][number]

/** Timestamps that are marks. */
const latest = -1
const earliest = -2
const ofMaxTimestamp = -3
const earliestLocal = -4
/** Of logs whose older part is in a remote storage. */
const latestTiered = -5
const earliestPendingUpload = -6

/** The first version that may ask for a mark. */
const firstVersionWith: ReadonlyMap<number, number> = new Map([
  [latest, 1],
  [earliest, 1],
  [ofMaxTimestamp, 7],
  [earliestLocal, 8],
  [latestTiered, 9],
  [earliestPendingUpload, 11],
])

interface Found {
  timestamp: number
  offset: number
  leaderEpoch: number
}

const none: Found = { timestamp: -1, offset: -1, leaderEpoch: -1 }

/** Finds offsets: first, next, of the greatest timestamp, or the first at or after a time. */
export const listOffsetsHandler = defineHandler(listOffsets, ({ broker, header }, request) => {
  const isolation = request.isolationLevel === 1 ? 'read_committed' : 'read_uncommitted'
  return {
    topics: request.topics.map(({ name, partitions }) => ({
      name,
      partitions: onceEach(partitions, ({ partitionIndex }) => String(partitionIndex)).map(
        ({ asked, repeated }) => {
          const { partitionIndex } = asked
          try {
            checkNotRepeated(`partition ${name}-${partitionIndex}`, repeated)
            checkTimestamp(asked.timestamp, header.apiVersion)
            return { partitionIndex, ...find(broker, name, asked, isolation) }
          } catch (cause) {
            return { partitionIndex, errorCode: errorOf(cause, broker.log).errorCode }
          }
        },
      ),
    })),
  }
})

function checkTimestamp(timestamp: number, apiVersion: number): void {
  if (timestamp >= 0) return
  const first = firstVersionWith.get(timestamp)
  if (first !== undefined && apiVersion >= first) return
  throw new KafkaError('UNSUPPORTED_VERSION', `timestamp ${timestamp}`)
}

function find(broker: BrokerState, topic: string, asked: Asked, isolation: Isolation): Found {
  const log = broker.topics.partition(topic, asked.partitionIndex)
  checkLeaderEpoch(log, asked.currentLeaderEpoch)
  const end = isolation === 'read_committed' ? log.lastStableOffset : log.highWatermark
  switch (asked.timestamp) {
    case latest:
      return { timestamp: -1, offset: end, leaderEpoch: 0 }
    case earliest:
    case earliestLocal:
      return { timestamp: -1, offset: log.startOffset, leaderEpoch: 0 }
    case ofMaxTimestamp:
      return log.maxTimestamp < 0 ? none : atTime(log, log.maxTimestamp, end)
    case latestTiered:
    case earliestPendingUpload:
      return none
    default:
      return atTime(log, asked.timestamp, end)
  }
}

/** The first record before `end` whose timestamp is at least `timestamp`. */
function atTime(log: PartitionLog, timestamp: number, end: number): Found {
  let from = log.startOffset
  while (from < end) {
    const batch = log.batchAtTime(timestamp, from)
    if (batch === undefined) break
    let found = none
    visitRecords(batch, (offset, each) => {
      if (found !== none || each < timestamp || offset < from || offset >= end) return
      found = { timestamp: each, offset, leaderEpoch: 0 }
    })
    if (found !== none) return found
    // The record with the batch's greatest time was deleted.
    from = readBatchHeader(batch).nextOffset
  }
  return none
}
