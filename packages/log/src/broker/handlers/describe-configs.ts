import { KafkaError } from '../../errors.js'
import type { RequestOf } from '../../protocol/api.js'
import { describeConfigs } from '../../protocol/apis.js'
import { describedTopic } from '../described-config.js'
import { errorOf } from '../error-code.js'
import { type BrokerState, defineHandler } from '../request-handler.js'

type Asked = RequestOf<typeof describeConfigs>['resources'][number]

/** Kafka's codes. */
const resourceTypes = { topic: 2, broker: 4 } as const

/** The settings of topics. Of the broker there are none that a client could see. */
export const describeConfigsHandler = defineHandler(describeConfigs, ({ broker }, request) => ({
  results: request.resources.map((asked) => {
    const { resourceType, resourceName } = asked
    try {
      const configs = describe(broker, asked)
      return { resourceType, resourceName, errorMessage: null, configs }
    } catch (cause) {
      return { resourceType, resourceName, ...errorOf(cause, broker.log) }
    }
  }),
}))

function describe(broker: BrokerState, asked: Asked) {
  const { resourceType, resourceName, configurationKeys } = asked
  if (resourceType === resourceTypes.broker) return []
  if (resourceType !== resourceTypes.topic) {
    throw new KafkaError('INVALID_REQUEST', `resource "${resourceName}"`)
  }
  const topic = broker.topics.get(resourceName)
  if (topic === undefined) {
    throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', `topic "${resourceName}"`)
  }
  return describedTopic(topic.description.configs).filter(
    ({ name }) => configurationKeys === null || configurationKeys.includes(name),
  )
}
