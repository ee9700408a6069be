import { KafkaError } from '../errors.js'

/**
 * Checks the brokers that a client wants a partition to lie on: there is only one. Throws
 * INVALID_REPLICA_ASSIGNMENT.
 */
export function checkReplicas(where: string, brokerIds: readonly number[], nodeId: number): void {
  const refused = (detail: string) =>
    new KafkaError('INVALID_REPLICA_ASSIGNMENT', where, { detail })
  if (brokerIds.length === 0) throw refused('A partition is assigned to no broker.')
  if (new Set(brokerIds).size < brokerIds.length) {
    throw refused(`A partition is assigned twice to one broker: ${brokerIds.join(', ')}.`)
  }
  const stranger = brokerIds.find((each) => each !== nodeId)
  if (stranger === undefined) return
  throw refused(`A partition is assigned to broker ${stranger}; ${nodeId} is the only one.`)
}
