import { KafkaError } from '../errors.js'
import { changeableSettings } from './broker-configs.js'
import { resourceTypes } from './config-resource.js'
import { errorOf } from './error-code.js'
import type { BrokerState } from './request-handler.js'
import type { TopicConfigs } from './topic-config.js'
import { topicSettings } from './topic-config.js'

/** What a request wants to change the settings of. */
interface Resource {
  readonly resourceType: number
  readonly resourceName: string
}

/** The settings after a change of those before, out of the settings that there are. */
type Change = (
  where: string,
  before: TopicConfigs,
  settings: readonly { name: string; configType: number; defaultValue: string | null }[],
) => TopicConfigs

/**
 * Changes the settings of each resource of a request, or with `validateOnly` says whether that
 * could be done; one that is named twice is not changed.
 */
export async function alterResources<Asked extends Resource>(
  broker: BrokerState,
  resources: readonly Asked[],
  validateOnly: boolean,
  changeOf: (asked: Asked) => Change,
) {
  const keyOf = (each: Resource) => `${each.resourceType} ${each.resourceName}`
  const seen = new Set<string>()
  const repeated = new Set(resources.map(keyOf).filter((key) => seen.has(key) || !seen.add(key)))
  const responses = []
  for (const asked of resources) {
    const { resourceType, resourceName } = asked
    try {
      if (repeated.has(keyOf(asked))) {
        const detail = 'The request names it twice.'
        throw new KafkaError('INVALID_REQUEST', `resource "${resourceName}"`, { detail })
      }
      await alter(broker, asked, validateOnly, changeOf(asked))
      responses.push({ resourceType, resourceName, errorMessage: null })
    } catch (cause) {
      responses.push({ resourceType, resourceName, ...errorOf(cause, broker.log) })
    }
  }
  return responses
}

async function alter(
  broker: BrokerState,
  { resourceType, resourceName }: Resource,
  validateOnly: boolean,
  change: Change,
): Promise<void> {
  switch (resourceType) {
    case resourceTypes.topic:
      return alterTopic(broker, resourceName, validateOnly, change)
    case resourceTypes.broker:
      return alterBroker(broker, resourceName, validateOnly, change)
    case resourceTypes.brokerLogger: {
      const detail = 'The broker has no loggers whose level could be set.'
      throw new KafkaError('INVALID_CONFIG', `logger of broker "${resourceName}"`, { detail })
    }
    default: {
      const detail = `Resources of type ${resourceType} have no settings here.`
      throw new KafkaError('INVALID_REQUEST', `resource "${resourceName}"`, { detail })
    }
  }
}

async function alterTopic(
  broker: BrokerState,
  name: string,
  validateOnly: boolean,
  change: Change,
): Promise<void> {
  const where = `topic "${name}"`
  if (name === '') {
    const detail = 'There are no settings of all topics; the broker has those.'
    throw new KafkaError('INVALID_REQUEST', where, { detail })
  }
  const topic = broker.topics.get(name)
  if (topic === undefined) throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', where)
  const after = (before: TopicConfigs) => change(where, before, topicSettings)
  if (validateOnly) broker.topics.checkAltered(topic, after(topic.description.configs))
  else await broker.topics.alterConfigs(topic, after)
}

async function alterBroker(
  broker: BrokerState,
  name: string,
  validateOnly: boolean,
  change: Change,
): Promise<void> {
  checkBrokerName(broker, name)
  const { brokerConfigs } = broker
  const after = change(`broker "${name}"`, brokerConfigs.given(name), changeableSettings)
  if (validateOnly) brokerConfigs.check(name, after)
  else await brokerConfigs.alter(name, after)
}

/** The broker goes by its id, all brokers by an empty name. Throws INVALID_REQUEST. */
export function checkBrokerName(broker: BrokerState, name: string): void {
  if (name === '' || name === String(broker.nodeId)) return
  const detail = `Broker ${broker.nodeId} is the only one.`
  throw new KafkaError('INVALID_REQUEST', `broker "${name}"`, { detail })
}
