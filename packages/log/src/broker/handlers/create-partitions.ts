import { KafkaError } from '../../errors.js'
import type { RequestOf } from '../../protocol/api.js'
import { createPartitions } from '../../protocol/apis.js'
import { errorOf } from '../error-code.js'
import { checkNotRepeated, onceEach } from '../once-each.js'
import { checkReplicas } from '../replica-assignment.js'
import { type BrokerState, defineHandler } from '../request-handler.js'

type Asked = RequestOf<typeof createPartitions>['topics'][number]

/** Gives topics more partitions, or with `validateOnly` says whether that could be done. */
export const createPartitionsHandler = defineHandler(
  createPartitions,
  async ({ broker }, request) => {
    const results = []
    for (const { asked, repeated } of onceEach(request.topics, ({ name }) => name)) {
      const { name } = asked
      try {
        checkNotRepeated(`topic "${name}"`, repeated)
        await add(broker, asked, request.validateOnly)
        results.push({ name })
      } catch (cause) {
        results.push({ name, ...errorOf(cause, broker.log) })
      }
    }
    return { results }
  },
)

async function add(broker: BrokerState, asked: Asked, validateOnly: boolean): Promise<void> {
  const { name, count, assignments } = asked
  const where = `topic "${name}"`
  const topic = broker.topics.get(name)
  if (topic === undefined) throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', where)
  if (topic.internal) throw new KafkaError('INVALID_TOPIC_EXCEPTION', where)
  broker.topics.checkAdded(topic, count)
  if (assignments !== null) {
    const added = count - topic.partitions.length
    if (assignments.length !== added) {
      const detail = `${added} partitions would be added, ${assignments.length} are assigned.`
      throw new KafkaError('INVALID_REPLICA_ASSIGNMENT', where, { detail })
    }
    for (const { brokerIds } of assignments) checkReplicas(where, brokerIds, broker.nodeId)
  }
  if (!validateOnly) await broker.topics.addPartitions(topic, count)
}
