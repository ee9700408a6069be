import type { Api } from './api.js'
import { addOffsetsToTxn } from './messages/add-offsets-to-txn.js'
import { addPartitionsToTxn } from './messages/add-partitions-to-txn.js'
import { alterConfigs } from './messages/alter-configs.js'
import { alterPartitionReassignments } from './messages/alter-partition-reassignments.js'
import { apiVersions } from './messages/api-versions.js'
import { consumerGroupDescribe } from './messages/consumer-group-describe.js'
import { consumerGroupHeartbeat } from './messages/consumer-group-heartbeat.js'
import { createPartitions } from './messages/create-partitions.js'
import { createTopics } from './messages/create-topics.js'
import { deleteGroups } from './messages/delete-groups.js'
import { deleteRecords } from './messages/delete-records.js'
import { deleteTopics } from './messages/delete-topics.js'
import { describeCluster } from './messages/describe-cluster.js'
import { describeConfigs } from './messages/describe-configs.js'
import { describeGroups } from './messages/describe-groups.js'
import { describeLogDirs } from './messages/describe-log-dirs.js'
import { describeProducers } from './messages/describe-producers.js'
import { describeQuorum } from './messages/describe-quorum.js'
import { describeTopicPartitions } from './messages/describe-topic-partitions.js'
import { describeTransactions } from './messages/describe-transactions.js'
import { electLeaders } from './messages/elect-leaders.js'
import { endTxn } from './messages/end-txn.js'
import { fetch } from './messages/fetch.js'
import { findCoordinator } from './messages/find-coordinator.js'
import { heartbeat } from './messages/heartbeat.js'
import { incrementalAlterConfigs } from './messages/incremental-alter-configs.js'
import { initProducerId } from './messages/init-producer-id.js'
import { joinGroup } from './messages/join-group.js'
import { leaveGroup } from './messages/leave-group.js'
import { listConfigResources } from './messages/list-config-resources.js'
import { listGroups } from './messages/list-groups.js'
import { listOffsets } from './messages/list-offsets.js'
import { listPartitionReassignments } from './messages/list-partition-reassignments.js'
import { listTransactions } from './messages/list-transactions.js'
import { metadata } from './messages/metadata.js'
import { offsetCommit } from './messages/offset-commit.js'
import { offsetDelete } from './messages/offset-delete.js'
import { offsetFetch } from './messages/offset-fetch.js'
import { offsetForLeaderEpoch } from './messages/offset-for-leader-epoch.js'
import { produce } from './messages/produce.js'
import { syncGroup } from './messages/sync-group.js'
import { txnOffsetCommit } from './messages/txn-offset-commit.js'
import { writeTxnMarkers } from './messages/write-txn-markers.js'

/** Every API whose messages are written down, by its key. */
export const apis: ReadonlyMap<number, Api> = new Map<number, Api>(
  [
    produce,
    fetch,
    listOffsets,
    metadata,
    offsetCommit,
    offsetFetch,
    findCoordinator,
    joinGroup,
    heartbeat,
    leaveGroup,
    syncGroup,
    describeGroups,
    listGroups,
    apiVersions,
    createTopics,
    deleteTopics,
    deleteRecords,
    initProducerId,
    addPartitionsToTxn,
    addOffsetsToTxn,
    endTxn,
    txnOffsetCommit,
    describeConfigs,
    createPartitions,
    describeCluster,
    deleteGroups,
    alterConfigs,
    alterPartitionReassignments,
    describeLogDirs,
    describeQuorum,
    describeTopicPartitions,
    electLeaders,
    incrementalAlterConfigs,
    listConfigResources,
    listPartitionReassignments,
    offsetForLeaderEpoch,
    offsetDelete,
    describeProducers,
    describeTransactions,
    listTransactions,
    writeTxnMarkers,
    consumerGroupHeartbeat,
    consumerGroupDescribe,
  ].map((api: Api) => [api.key, api]),
)

export type { Api, RequestBodyOf, ResponseOf } from './api.js'
export { addOffsetsToTxn } from './messages/add-offsets-to-txn.js'
export { addPartitionsToTxn } from './messages/add-partitions-to-txn.js'
export { alterConfigs } from './messages/alter-configs.js'
export { alterPartitionReassignments } from './messages/alter-partition-reassignments.js'
export { apiVersions } from './messages/api-versions.js'
export { consumerGroupDescribe } from './messages/consumer-group-describe.js'
export { consumerGroupHeartbeat } from './messages/consumer-group-heartbeat.js'
export { createPartitions } from './messages/create-partitions.js'
export { createTopics } from './messages/create-topics.js'
export { deleteGroups } from './messages/delete-groups.js'
export { deleteRecords } from './messages/delete-records.js'
export { deleteTopics } from './messages/delete-topics.js'
export { describeCluster } from './messages/describe-cluster.js'
export { describeConfigs } from './messages/describe-configs.js'
export { describeGroups } from './messages/describe-groups.js'
export { describeLogDirs } from './messages/describe-log-dirs.js'
export { describeProducers } from './messages/describe-producers.js'
export { describeQuorum } from './messages/describe-quorum.js'
export { describeTopicPartitions } from './messages/describe-topic-partitions.js'
export { describeTransactions } from './messages/describe-transactions.js'
export { electLeaders } from './messages/elect-leaders.js'
export { endTxn } from './messages/end-txn.js'
export { fetch } from './messages/fetch.js'
export { findCoordinator } from './messages/find-coordinator.js'
export { heartbeat } from './messages/heartbeat.js'
export { incrementalAlterConfigs } from './messages/incremental-alter-configs.js'
export { initProducerId } from './messages/init-producer-id.js'
export { joinGroup } from './messages/join-group.js'
export { leaveGroup } from './messages/leave-group.js'
export { listConfigResources } from './messages/list-config-resources.js'
export { listGroups } from './messages/list-groups.js'
export { listOffsets } from './messages/list-offsets.js'
export { listPartitionReassignments } from './messages/list-partition-reassignments.js'
export { listTransactions } from './messages/list-transactions.js'
export { metadata } from './messages/metadata.js'
export { offsetCommit } from './messages/offset-commit.js'
export { offsetDelete } from './messages/offset-delete.js'
export { offsetFetch } from './messages/offset-fetch.js'
export { offsetForLeaderEpoch } from './messages/offset-for-leader-epoch.js'
export { produce } from './messages/produce.js'
export { syncGroup } from './messages/sync-group.js'
export { txnOffsetCommit } from './messages/txn-offset-commit.js'
export { writeTxnMarkers } from './messages/write-txn-markers.js'
