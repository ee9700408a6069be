import { describeCluster } from '../../protocol/apis.js'
import { kafkaErrors } from '../../protocol/kafka-errors.js'
import { clusterOperations, operationsNotAsked } from '../authorized-operations.js'
import { defineHandler } from '../request-handler.js'

const brokers = 1
const controllers = 2

/** The id of the cluster, and its only broker. Controllers are not reached by clients. */
export const describeClusterHandler = defineHandler(describeCluster, ({ broker }, request) => {
  const { endpointType } = request
  if (endpointType === controllers) {
    const errorMessage = 'This is a broker; a controller was asked for.'
    return { errorCode: kafkaErrors.MISMATCHED_ENDPOINT_TYPE, errorMessage }
  }
  if (endpointType !== brokers) {
    const errorMessage = `There is no type ${endpointType} of endpoints.`
    return { errorCode: kafkaErrors.UNSUPPORTED_ENDPOINT_TYPE, errorMessage }
  }
  return {
    clusterId: broker.clusterId,
    controllerId: broker.nodeId,
    brokers: [{ brokerId: broker.nodeId, ...broker.address }],
    clusterAuthorizedOperations: request.includeClusterAuthorizedOperations
      ? clusterOperations
      : operationsNotAsked,
  }
})
