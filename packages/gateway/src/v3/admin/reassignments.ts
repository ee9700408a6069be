/** Partitions that are being moved from broker to broker. The embedded broker moves none. */
import { listPartitionReassignments } from '@millrace/log/protocol'
import { gatewayErrors } from '../../errors.js'
import {
  type AddResource,
  ask,
  check,
  list,
  ok,
  type ResourceRequest,
  related,
} from './resource.js'

interface Reassignment {
  topic: string
  partition: number
  adding: readonly number[]
  removing: readonly number[]
}

const kind = 'KafkaReassignmentList'

export function reassignmentResources(add: AddResource): void {
  add('GET', 'topics/-/partitions/-/reassignment', async (request) => {
    const data = (await reassignmentsOf(request)).map((each) => bodyOf(request, each))
    return list(kind, request.url('topics', '-', 'partitions', '-', 'reassignment'), data)
  })
  add('GET', 'topics/:topic/partitions/-/reassignment', async (request) => {
    const name = request.param('topic')
    const all = await reassignmentsOf(request)
    const data = all.filter(({ topic }) => topic === name).map((each) => bodyOf(request, each))
    return list(kind, request.url('topics', name, 'partitions', '-', 'reassignment'), data)
  })
  add('GET', 'topics/:topic/partitions/:partition/reassignment', async (request) => {
    const number = request.number('partition', 'Partition')
    const found = (await reassignmentsOf(request)).find(
      ({ topic, partition }) => topic === request.param('topic') && partition === number,
    )
    if (found === undefined) throw gatewayErrors.resourceNotFound('The reassignment')
    return ok(bodyOf(request, found))
  })
}

/** Sorted by topic and partition. */
async function reassignmentsOf({ cluster }: ResourceRequest): Promise<Reassignment[]> {
  const answer = await ask(cluster, listPartitionReassignments, {
    timeoutMs: cluster.client.timeoutMs,
    topics: null,
  })
  check(answer.errorCode, `cluster ${cluster.id}`, answer.errorMessage)
  return answer.topics
    .flatMap(({ name, partitions }) =>
      partitions.map(({ partitionIndex, addingReplicas, removingReplicas }) => ({
        topic: name,
        partition: partitionIndex,
        adding: addingReplicas,
        removing: removingReplicas,
      })),
    )
    .sort((a, b) => (a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1))
}

function bodyOf(request: ResourceRequest, given: Reassignment): object {
  const { topic, partition, adding, removing } = given
  const at = request.url('topics', topic, 'partitions', partition)
  const name = `topic=${topic}/partition=${partition}/reassignment`
  return {
    ...request.resource('KafkaReassignment', `${at}/reassignment`, name),
    topic_name: topic,
    partition_id: partition,
    adding_replicas: adding,
    removing_replicas: removing,
    replicas: related(`${at}/replicas`),
  }
}
