import { KafkaError } from '../../errors.js'
import { alterPartitionReassignments } from '../../protocol/apis.js'
import { errorOf } from '../error-code.js'
import { checkReplicas } from '../replica-assignment.js'
import { type BrokerState, defineHandler } from '../request-handler.js'

/** Every partition lies on the one broker and stays there; no move is ever under way. */
export const alterPartitionReassignmentsHandler = defineHandler(
  alterPartitionReassignments,
  ({ broker }, request) => ({
    allowReplicationFactorChange: request.allowReplicationFactorChange,
    errorMessage: null,
    responses: request.topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex, replicas }) => {
        try {
          check(broker, name, partitionIndex, replicas)
          return { partitionIndex, errorMessage: null }
        } catch (cause) {
          return { partitionIndex, ...errorOf(cause, broker.log) }
        }
      }),
    })),
  }),
)

function check(
  broker: BrokerState,
  topic: string,
  partition: number,
  replicas: readonly number[] | null,
): void {
  const log = broker.topics.partition(topic, partition)
  const where = `partition ${log.name}`
  if (replicas === null) throw new KafkaError('NO_REASSIGNMENT_IN_PROGRESS', where)
  checkReplicas(where, replicas, broker.nodeId)
}
