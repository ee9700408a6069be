import { describeCluster } from '../../protocol/apis.js'
import { defineHandler } from '../request-handler.js'

/** The id of the cluster, and its only broker. */
export const describeClusterHandler = defineHandler(
  describeCluster,
  ({ broker }) => ({
    clusterId: broker.clusterId,
    controllerId: broker.nodeId,
    brokers: [{ brokerId: broker.nodeId, ...broker.address }],
  }),
  '0-1',
)
