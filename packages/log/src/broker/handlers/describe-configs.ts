import { KafkaError } from '../../errors.js'
import type { RequestOf } from '../../protocol/api.js'
import { describeConfigs } from '../../protocol/apis.js'
import { checkBrokerName } from '../alter-resource.js'
import { allBrokers } from '../broker-configs.js'
import { type DescribedConfig, resourceTypes } from '../config-resource.js'
import { describedBroker, describedDefaults } from '../described-broker.js'
import { describedTopic } from '../described-topic.js'
import { errorOf } from '../error-code.js'
import { type BrokerState, defineHandler } from '../request-handler.js'
import { checkTopicName } from '../topic-name.js'

type Asked = RequestOf<typeof describeConfigs>['resources'][number]

/** The settings of topics and of the broker; a part of them where keys are given. */
export const describeConfigsHandler = defineHandler(describeConfigs, ({ broker }, request) => ({
  results: request.resources.map((asked) => {
    const { resourceType, resourceName, configurationKeys: keys } = asked
    try {
      const configs = described(broker, asked)
        .filter(({ name }) => keys === null || keys.length === 0 || keys.includes(name))
        .map((config) => ({
          ...config,
          synonyms: request.includeSynonyms ? config.synonyms : [],
          documentation: request.includeDocumentation ? config.documentation : null,
        }))
      return { resourceType, resourceName, configs }
    } catch (cause) {
      return { resourceType, resourceName, ...errorOf(cause, broker.log) }
    }
  }),
}))

function described(broker: BrokerState, { resourceType, resourceName }: Asked): DescribedConfig[] {
  switch (resourceType) {
    case resourceTypes.topic: {
      checkTopicName(resourceName)
      const topic = broker.topics.get(resourceName)
      if (topic !== undefined) {
        const { description, internal } = topic
        return describedTopic(description.configs, internal ? undefined : broker.brokerConfigs)
      }
      throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', `topic "${resourceName}"`)
    }
    case resourceTypes.broker:
      checkBrokerName(broker, resourceName)
      return resourceName === allBrokers ? describedDefaults(broker) : describedBroker(broker)
    case resourceTypes.brokerLogger:
      if (resourceName === String(broker.nodeId)) return []
      throw new KafkaError('INVALID_REQUEST', `logger of broker "${resourceName}"`)
    default: {
      const detail = `Resources of type ${resourceType} have no settings here.`
      throw new KafkaError('INVALID_REQUEST', `resource "${resourceName}"`, { detail })
    }
  }
}
