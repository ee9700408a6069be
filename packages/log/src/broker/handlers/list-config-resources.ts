import { listConfigResources } from '../../protocol/apis.js'
import { kafkaErrors } from '../../protocol/kafka-errors.js'
import { resourceTypes } from '../config-resource.js'
import { type BrokerState, defineHandler } from '../request-handler.js'

const firstVersionWithTypes = 1

/** What has settings, of the types asked for, or of all. The older version lists client metrics. */
export const listConfigResourcesHandler = defineHandler(
  listConfigResources,
  ({ broker, header }, request) => {
    const all: number[] = Object.values(resourceTypes)
    const asked =
      header.apiVersion < firstVersionWithTypes
        ? [resourceTypes.clientMetrics]
        : request.resourceTypes
    if (!asked.every((type) => all.includes(type))) {
      return { errorCode: kafkaErrors.UNSUPPORTED_VERSION }
    }
    const types = new Set(asked.length === 0 ? all : asked)
    return {
      configResources: [...types].flatMap((resourceType) =>
        namesOf(broker, resourceType).map((resourceName) => ({ resourceName, resourceType })),
      ),
    }
  },
)

/** No settings are kept for groups and the metrics of clients. */
function namesOf(broker: BrokerState, resourceType: number): string[] {
  switch (resourceType) {
    case resourceTypes.topic:
      return broker.topics.all().map(({ description }) => description.name)
    case resourceTypes.broker:
    case resourceTypes.brokerLogger:
      return [String(broker.nodeId)]
    default:
      return []
  }
}
