/** `configs` of topics and brokers, and `broker-configs` of all brokers: tell, change, put back. */
import { describeConfigs, incrementalAlterConfigs, type ResponseOf } from '@millrace/log/protocol'
import { gatewayErrors } from '../../errors.js'
import { type ConfigChange, readConfigChanges, textOf } from './config-changes.js'
import {
  ask,
  check,
  fieldsOf,
  list,
  noContent,
  ok,
  type ResourceRequest,
  resource,
  type resourcesOf,
  urlOf,
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

/** Whose settings they are. */
interface Owner {
  /** Kafka's number for the type of resource. */
  readonly type: number
  readonly name: string
  readonly kind: string
  readonly path: readonly string[]
  readonly crn: string
  readonly fields: object
}

const topicOwner = (name: string): Owner => ({
  type: 2,
  name,
  kind: 'KafkaTopicConfig',
  path: ['topics', name, 'configs'],
  crn: `topic=${name}`,
  fields: { topic_name: name },
})

const brokerOwner = (id: string): Owner => ({
  type: 4,
  name: id,
  kind: 'KafkaBrokerConfig',
  path: ['brokers', id, 'configs'],
  crn: `broker=${id}`,
  fields: { broker_id: Number(id) },
})

/** No name means the settings that all brokers begin with. */
const clusterOwner: Owner = {
  type: 4,
  name: '',
  kind: 'KafkaClusterConfig',
  path: ['broker-configs'],
  crn: 'broker-config',
  fields: { config_type: 'BROKER' },
}

export function configResources(add: ReturnType<typeof resourcesOf>): void {
  add('GET', 'topics/-/configs', async (request) => {
    const topics = await describeTopics(request.cluster)
    const owners = topics.map(({ name }) => topicOwner(name))
    const data = await describe(request, owners)
    return list('KafkaTopicConfigList', urlOf(request, 'topics', '-', 'configs'), data)
  })
  ownerResources(add, 'topics/:topic/configs', ({ topic = '' }) => topicOwner(topic))
  ownerResources(add, 'brokers/:broker_id/configs', ({ broker_id: id = '' }) => brokerOwner(id))
  ownerResources(add, 'broker-configs', () => clusterOwner)
}

function ownerResources(
  add: ReturnType<typeof resourcesOf>,
  path: string,
  ownerOf: (params: Readonly<Record<string, string>>) => Owner,
): void {
  add('GET', path, async (request) => {
    const owner = ownerOf(request.params)
    return list(
      `${owner.kind}List`,
      urlOf(request, ...owner.path),
      await describe(request, [owner]),
    )
  })
  add('POST', `${path}::alter`, async (request) => {
    const { data, validate_only: validateOnly } = fieldsOf(request.body)
    await alter(request, ownerOf(request.params), readConfigChanges(data), validateOnly === true)
    return noContent
  })
  add('GET', `${path}/:name`, async (request) => {
    const { name = '' } = request.params
    const [found] = await describe(request, [ownerOf(request.params)], name)
    if (found === undefined) throw gatewayErrors.resourceNotFound(`The setting ${name}`)
    return ok(found)
  })
  add('PUT', `${path}/:name`, async (request) => {
    const { name = '' } = request.params
    const value = textOf(fieldsOf(request.body).value)
    await alter(request, ownerOf(request.params), [{ name, value, operation: 'SET' }])
    return noContent
  })
  add('DELETE', `${path}/:name`, async (request) => {
    const { name = '' } = request.params
    await alter(request, ownerOf(request.params), [{ name, value: null, operation: 'DELETE' }])
    return noContent
  })
}

async function describe(
  request: ResourceRequest,
  owners: readonly Owner[],
  name?: string,
): Promise<object[]> {
  if (owners.length === 0) return []
  const answer = await ask(request.cluster, describeConfigs, {
    resources: owners.map((owner) => ({
      resourceType: owner.type,
      resourceName: owner.name,
      configurationKeys: name === undefined ? null : [name],
    })),
    includeSynonyms: true,
  })
  return answer.results.flatMap(({ errorCode, errorMessage, configs }, at) => {
    const owner = owners[at] as Owner
    check(errorCode, `${owner.crn}`, errorMessage)
    return configs.map((config) => configBody(request, owner, config))
  })
}

function configBody(request: ResourceRequest, owner: Owner, config: Config): object {
  const self = urlOf(request, ...owner.path, config.name)
  const sourceOf = (source: number) => sources[source] ?? 'UNKNOWN'
  return {
    ...resource(request, owner.kind, self, `${owner.crn}/config=${config.name}`),
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

async function alter(
  request: ResourceRequest,
  owner: Owner,
  changes: readonly ConfigChange[],
  validateOnly = false,
): Promise<void> {
  const answer = await ask(request.cluster, incrementalAlterConfigs, {
    resources: [
      {
        resourceType: owner.type,
        resourceName: owner.name,
        configs: changes.map(({ name, value, operation }) => {
          return { name, value, configOperation: operation === 'SET' ? 0 : 1 }
        }),
      },
    ],
    validateOnly,
  })
  for (const { errorCode, errorMessage } of answer.responses) {
    check(errorCode, owner.crn, errorMessage)
  }
}
