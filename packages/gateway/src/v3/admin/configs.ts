/** `configs` of topics and brokers, and `broker-configs` of all brokers: tell, change, put back. */
import { KafkaError } from '@millrace/log'
import { describeConfigs, type ResponseOf } from '@millrace/log/protocol'
import { GatewayError, gatewayErrors } from '../../errors.js'
import { kafkaFailure } from '../../kafka-failure.js'
import { describeBrokers } from './brokers.js'
import {
  alterConfigs,
  type ConfigChange,
  readConfigChanges,
  readTopicChanges,
  textOf,
} from './config-changes.js'
import {
  askedTogether,
  brokerFor,
  brokerOf,
  brokerOwner,
  clusterOwner,
  type Owner,
  topicOwner,
} from './config-owners.js'
import {
  type AddResource,
  check,
  list,
  noContent,
  ok,
  type ResourceAnswer,
  type ResourceRequest,
} from './resource.js'
import { describeTopics } from './topics.js'

type Config = ResponseOf<typeof describeConfigs>['results'][number]['configs'][number]

/** Kafka's numbers for where a value comes from. */
const sources: Readonly<Record<number, string>> = {
  1: 'DYNAMIC_TOPIC_CONFIG',
  2: 'DYNAMIC_BROKER_CONFIG',
  3: 'DYNAMIC_DEFAULT_BROKER_CONFIG',
  4: 'STATIC_BROKER_CONFIG',
  5: 'DEFAULT_CONFIG',
  6: 'DYNAMIC_BROKER_LOGGER_CONFIG',
}
const defaultSource = 5

export function configResources(add: AddResource): void {
  add('GET', 'topics/-/configs', async (request) => {
    const topics = await describeTopics(request.cluster)
    return listOf(request, 'topics', await describe(request, topics.map(ownerOfTopic)))
  })
  add('GET', 'brokers/-/configs', async (request) => {
    const brokers = await describeBrokers(request.cluster)
    const owners = brokers.map(({ id }) => brokerOwner(id))
    return listOf(request, 'brokers', await describe(request, owners))
  })
  add('POST', 'topics/-/configs::alter', alterTopics)
  ownerResources(add, 'topics/:topic/configs', async (request) =>
    topicOwner(request.param('topic')),
  )
  ownerResources(add, 'brokers/:broker_id/configs', brokerOf)
  ownerResources(add, 'broker-configs', async () => clusterOwner)
}

function ownerOfTopic({ name }: { name: string }): Owner {
  return topicOwner(name)
}

/** The settings of all topics, or of all brokers. */
function listOf(
  request: ResourceRequest,
  owners: 'topics' | 'brokers',
  data: readonly object[],
): ResourceAnswer {
  const kind = owners === 'topics' ? 'KafkaTopicConfigList' : 'KafkaBrokerConfigList'
  return list(kind, request.url(owners, '-', 'configs'), data)
}

function ownerResources(
  add: AddResource,
  path: string,
  ownerOf: (request: ResourceRequest) => Promise<Owner>,
): void {
  add('GET', path, async (request) => {
    const owner = await ownerOf(request)
    const data = await describe(request, [owner])
    return list(`${owner.kind}List`, request.url(...owner.path), data)
  })
  add('POST', `${path}::alter`, async (request) => {
    const { data, validate_only: validateOnly } = request.input()
    const owner = await ownerOf(request)
    await alter(request, owner, readConfigChanges(data), validateOnly === true)
    return noContent
  })
  add('GET', `${path}/:name`, async (request) => {
    const owner = await ownerOf(request)
    const name = request.param('name')
    const [found] = await describe(request, [owner], [name])
    if (found === undefined) throw notFound(owner, name)
    return ok(found)
  })
  add('PUT', `${path}/:name`, async (request) => {
    const name = request.param('name')
    const value = textOf(request.input().value)
    await alter(request, await ownerOf(request), [{ name, value, operation: 'SET' }])
    return noContent
  })
  add('DELETE', `${path}/:name`, async (request) => {
    const name = request.param('name')
    await alter(request, await ownerOf(request), [{ name, value: null, operation: 'DELETE' }])
    return noContent
  })
}

/** The settings of several topics: 204, or 207 with the topics whose settings stay as they are. */
async function alterTopics(request: ResourceRequest): Promise<ResourceAnswer> {
  const { data, validate_only: validateOnly } = request.input()
  const changes = [...readTopicChanges(data)].map(([topic, each]) => {
    return [topicOwner(topic), each] as const
  })
  for (const [owner, each] of changes) await checkKnown(request, owner, each)
  const answers = await alterConfigs(request.cluster, changes, validateOnly === true)
  const failures = answers.flatMap(({ errorCode, errorMessage, resourceName: topic }) => {
    if (errorCode === 0) return []
    const cause = kafkaFailure(kafkaError(errorCode, topicOwner(topic), errorMessage))
    if (!(cause instanceof GatewayError)) throw cause
    return [{ topic_name: topic, error_code: cause.code, message: cause.message }]
  })
  return failures.length === 0 ? noContent : { status: 207, body: { failures } }
}

async function alter(
  request: ResourceRequest,
  owner: Owner,
  changes: readonly ConfigChange[],
  validateOnly = false,
): Promise<void> {
  await checkKnown(request, owner, changes)
  const answers = await alterConfigs(request.cluster, [[owner, changes]], validateOnly)
  for (const { errorCode, errorMessage } of answers) {
    if (errorCode !== 0) throw kafkaError(errorCode, owner, errorMessage)
  }
}

/**
 * Throws 404 for a setting that there is not, as the proxy does. Of those that all brokers begin
 * with only the ones that are set are told, so nobody knows yet of one that gets its first value.
 */
async function checkKnown(
  request: ResourceRequest,
  owner: Owner,
  changes: readonly ConfigChange[],
): Promise<void> {
  const asked = changes.filter(({ operation }) => owner !== clusterOwner || operation === 'DELETE')
  if (asked.length === 0) return
  const names = asked.map(({ name }) => name)
  const found = await describe(request, [owner], names)
  const known = new Set(found.map((config) => config.name))
  const missing = names.find((name) => !known.has(name))
  if (missing !== undefined) throw notFound(owner, missing)
}

async function describe(
  request: ResourceRequest,
  owners: readonly Owner[],
  names?: readonly string[],
): Promise<ReturnType<typeof configBody>[]> {
  const found = await Promise.all(
    askedTogether(owners).map(async (together) => {
      const broker = await brokerFor(request.cluster, together[0] as Owner)
      const { results } = await broker.request(describeConfigs, {
        resources: together.map(({ type: resourceType, name: resourceName }) => {
          return { resourceType, resourceName, configurationKeys: names ? [...names] : null }
        }),
        includeSynonyms: true,
      })
      return results.flatMap(({ errorCode, errorMessage, configs }, at) => {
        const owner = together[at] as Owner
        check(errorCode, owner.crn, errorMessage)
        return configs.map((config) => configBody(request, owner, config))
      })
    }),
  )
  return found.flat()
}

function configBody(request: ResourceRequest, owner: Owner, config: Config) {
  const self = request.url(...owner.path, config.name)
  const sourceOf = (source: number) => sources[source] ?? 'UNKNOWN'
  return {
    ...request.resource(owner.kind, self, `${owner.crn}/config=${config.name}`),
    name: config.name,
    value: config.value,
    is_read_only: config.readOnly,
    is_sensitive: config.isSensitive,
    source: sourceOf(config.configSource),
    synonyms: config.synonyms.map(({ name, value, source }) => {
      return { name, value, source: sourceOf(source) }
    }),
    is_default: config.configSource === defaultSource,
    ...owner.fields,
  }
}

function notFound(owner: Owner, name: string): GatewayError {
  return gatewayErrors.resourceNotFound(`The setting ${name} of ${owner.crn}`)
}

function kafkaError(code: number, { crn }: Owner, detail: string | null): KafkaError {
  return new KafkaError(code, crn, detail ? { detail } : {})
}
