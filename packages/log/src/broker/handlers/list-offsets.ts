import { listOffsets } from '../../protocol/apis.js'
import { visitRecords } from '../../records/visit-records.js'
import type { Isolation, PartitionLog } from '../../storage/partition-log.js'
import { errorOf } from '../error-code.js'
import { defineHandler } from '../request-handler.js'
import { checkLeaderEpoch } from './fetch.js'

/** Timestamps that are marks. */
const latest = -1
const earliest = -2
const ofMaxTimestamp = -3
const earliestLocal = -4

const none = { timestamp: -1, offset: -1 }

/** Finds offsets: first, next, of the greatest timestamp, or the first at or after a time. */
export const listOffsetsHandler = defineHandler(
  listOffsets,
  ({ broker }, request) => {
    const isolation = request.isolationLevel === 1 ? 'read_committed' : 'read_uncommitted'
    return {
      topics: request.topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map(({ partitionIndex, timestamp, currentLeaderEpoch }) => {
          try {
            const log = broker.topics.partition(name, partitionIndex)
            checkLeaderEpoch(log, currentLeaderEpoch)
            return { partitionIndex, leaderEpoch: 0, ...find(log, timestamp, isolation) }
          } catch (cause) {
            return { partitionIndex, errorCode: errorOf(cause, broker.log).errorCode }
          }
        }),
      })),
    }
  },
  '1-8',
)

function find(log: PartitionLog, timestamp: number, isolation: Isolation) {
  const end = isolation === 'read_committed' ? log.lastStableOffset : log.highWatermark
  switch (timestamp) {
    case latest:
      return { timestamp: -1, offset: end }
    case earliest:
    case earliestLocal:
      return { timestamp: -1, offset: log.startOffset }
    case ofMaxTimestamp:
      return log.maxTimestamp < 0 ? none : atTime(log, log.maxTimestamp, end)
    default:
      return atTime(log, timestamp, end)
  }
}

/** The first record before `end` whose timestamp is at least `timestamp`. */
function atTime(log: PartitionLog, timestamp: number, end: number) {
  const batch = log.batchAtTime(timestamp)
  if (batch === undefined) return none
  let found = none
  visitRecords(batch, (offset, each) => {
    if (found === none && each >= timestamp && offset < end) found = { timestamp: each, offset }
  })
  return found
}
