import { KafkaError } from '../errors.js'
import type { PartitionLog } from '../storage/partition-log.js'

const notKnown = -1

/**
 * The leader never changes, so its epoch is 0. Throws UNKNOWN_LEADER_EPOCH for a newer one,
 * FENCED_LEADER_EPOCH for an older.
 */
export function checkLeaderEpoch(log: PartitionLog, epoch: number): void {
  if (epoch === notKnown || epoch === 0) return
  const code = epoch > 0 ? 'UNKNOWN_LEADER_EPOCH' : 'FENCED_LEADER_EPOCH'
  throw new KafkaError(code, `partition ${log.name}`)
}
