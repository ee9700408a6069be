/** `topics`: list, create, tell, give more partitions, delete. */
import { createPartitions, createTopics, deleteTopics, metadata } from '@millrace/log/protocol'
import type { GatewayCluster } from '../../cluster.js'
import { GatewayError, gatewayErrors } from '../../errors.js'
import { topicName } from '../../targets.js'
import { readConfigChanges } from './config-changes.js'
import {
  type AddResource,
  ask,
  check,
  fieldsOf,
  list,
  noContent,
  ok,
  type ResourceRequest,
  related,
} from './resource.js'

export interface TopicDescription {
  name: string
  isInternal: boolean
  partitions: {
    partition: number
    leader: number
    replicas: readonly number[]
    inSync: readonly number[]
  }[]
}

export function topicResources(add: AddResource): void {
  add('GET', 'topics', async (request) => {
    const topics = await describeTopics(request.cluster)
    const data = topics.map((topic) => topicBody(request, topic))
    return list('KafkaTopicList', request.url('topics'), data)
  })

  add('POST', 'topics', async (request) => {
    const given = request.input()
    const { topic_name: name, validate_only: validateOnly = false } = given
    if (typeof name !== 'string') {
      throw gatewayErrors.badRequest('topic_name is the name of the topic.')
    }
    if (!topicName.test(name)) {
      throw gatewayErrors.payload('Invalid topic name.')
    }
    const assignments = readAssignments(given.replicas_assignments)
    const answer = await ask(request.cluster, createTopics, {
      topics: [
        {
          name,
          // With assignments the broker counts by itself.
          numPartitions: assignments.length > 0 ? -1 : count(given, 'partitions_count'),
          replicationFactor: assignments.length > 0 ? -1 : count(given, 'replication_factor'),
          assignments,
          configs: readConfigChanges(given.configs ?? []).map(({ name, value }) => {
            return { name, value }
          }),
        },
      ],
      timeoutMs: request.cluster.client.timeoutMs,
      validateOnly: validateOnly === true,
    })
    for (const { errorCode, errorMessage } of answer.topics) {
      check(errorCode, `topic ${name}`, errorMessage)
    }
    request.cluster.topics.forget(name)
    const [made] = answer.topics
    const partitions = Math.max(0, made?.numPartitions ?? 0)
    const replicas = Math.max(0, made?.replicationFactor ?? 0)
    const body = bodyOf(request, { name, isInternal: false, partitions, replicas })
    const location = request.url('topics', name)
    return { status: validateOnly === true ? 200 : 201, body, location }
  })

  add('GET', 'topics/:topic', async (request) => {
    const topic = await describeTopic(request.cluster, request.param('topic'))
    return ok(topicBody(request, topic))
  })

  add('PATCH', 'topics/:topic', async (request) => {
    const name = request.param('topic')
    const answer = await ask(request.cluster, createPartitions, {
      topics: [{ name, count: moreOf(request), assignments: null }],
      timeoutMs: request.cluster.client.timeoutMs,
    })
    for (const { errorCode, errorMessage } of answer.results) {
      check(errorCode, `topic ${name}`, errorMessage)
    }
    request.cluster.topics.forget(name)
    return ok(topicBody(request, await describeTopic(request.cluster, name)))
  })

  add('DELETE', 'topics/:topic', async (request) => {
    const name = request.param('topic')
    const answer = await ask(request.cluster, deleteTopics, {
      topics: [{ name }],
      topicNames: [name],
      timeoutMs: request.cluster.client.timeoutMs,
    })
    for (const { errorCode, errorMessage } of answer.responses) {
      check(errorCode, `topic ${name}`, errorMessage)
    }
    request.cluster.topics.forget(name)
    return noContent
  })
}

/** Topics by name; all of them, where none are named. */
export async function describeTopics(
  cluster: GatewayCluster,
  names?: readonly string[],
): Promise<TopicDescription[]> {
  const answer = await ask(cluster, metadata, {
    topics: names === undefined ? null : names.map((name) => ({ name })),
    allowAutoTopicCreation: false,
  })
  return answer.topics
    .map(({ errorCode, name, isInternal, partitions }) => {
      check(errorCode, `topic ${name}`)
      const described = partitions.map((each) => ({
        partition: each.partitionIndex,
        leader: each.leaderId,
        replicas: each.replicaNodes,
        inSync: each.isrNodes,
      }))
      described.sort((a, b) => a.partition - b.partition)
      return { name: name ?? '', isInternal, partitions: described }
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** Throws 40403, as the proxy does for a topic that is not there. */
export async function describeTopic(
  cluster: GatewayCluster,
  name: string,
): Promise<TopicDescription> {
  const [found] = await describeTopics(cluster, [name])
  if (found === undefined) throw new GatewayError(40403, `There is no topic ${name}.`)
  return found
}

function topicBody(request: ResourceRequest, { name, isInternal, partitions }: TopicDescription) {
  const replicas = partitions[0]?.replicas.length ?? 0
  return bodyOf(request, { name, isInternal, partitions: partitions.length, replicas })
}

function bodyOf(
  request: ResourceRequest,
  topic: { name: string; isInternal: boolean; partitions: number; replicas: number },
): object {
  const { name, isInternal, partitions, replicas } = topic
  const self = request.url('topics', name)
  return {
    ...request.resource('KafkaTopic', self, `topic=${name}`),
    topic_name: name,
    is_internal: isInternal,
    replication_factor: replicas,
    partitions_count: partitions,
    partitions: related(`${self}/partitions`),
    configs: related(`${self}/configs`),
    partition_reassignments: related(`${self}/partitions/-/reassignment`),
    authorized_operations: [],
  }
}

/** How many partitions a topic is to have. Throws 400 where it is not said. */
function moreOf(request: ResourceRequest): number {
  const given = request.input()
  if (typeof given.partitions_count === 'number') return count(given, 'partitions_count')
  throw gatewayErrors.badRequest('partitions_count is a whole number.')
}

/** The broker's own number where none is given. */
function count(given: Record<string, unknown>, name: string): number {
  const value = given[name]
  if (value === undefined || value === null) return -1
  const isCount = typeof value === 'number' && Number.isInteger(value)
  if (isCount && value >= -32_768 && value < 32_768) return value
  throw gatewayErrors.badRequest(`${name} is a whole number.`)
}

/** Kafka's numbers of brokers have 32 bits. */
const brokerIdMax = 2 ** 31 - 1

function readAssignments(given: unknown): { partitionIndex: number; brokerIds: number[] }[] {
  if (given === undefined || given === null) return []
  return Object.entries(fieldsOf(given)).map(([partition, brokers]) => {
    if (
      !/^\d{1,9}$/.test(partition) ||
      !Array.isArray(brokers) ||
      !brokers.every((id) => Number.isInteger(id) && id >= 0 && id <= brokerIdMax)
    ) {
      throw gatewayErrors.badRequest('replicas_assignments has lists of brokers by partition.')
    }
    return { partitionIndex: Number(partition), brokerIds: brokers as number[] }
  })
}
