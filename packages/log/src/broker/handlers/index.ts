import type { RequestHandler } from '../request-handler.js'
import { addOffsetsToTxnHandler } from './add-offsets-to-txn.js'
import { addPartitionsToTxnHandler } from './add-partitions-to-txn.js'
import { alterConfigsHandler } from './alter-configs.js'
import { alterPartitionReassignmentsHandler } from './alter-partition-reassignments.js'
import { apiVersionsHandler } from './api-versions.js'
import { consumerGroupDescribeHandler } from './consumer-group-describe.js'
import { consumerGroupHeartbeatHandler } from './consumer-group-heartbeat.js'
import { createPartitionsHandler } from './create-partitions.js'
import { createTopicsHandler } from './create-topics.js'
import { deleteGroupsHandler } from './delete-groups.js'
import { deleteRecordsHandler } from './delete-records.js'
import { deleteTopicsHandler } from './delete-topics.js'
import { describeClusterHandler } from './describe-cluster.js'
import { describeConfigsHandler } from './describe-configs.js'
import { describeGroupsHandler } from './describe-groups.js'
import { describeLogDirsHandler } from './describe-log-dirs.js'
import { describeProducersHandler } from './describe-producers.js'
import { describeQuorumHandler } from './describe-quorum.js'
import { describeTopicPartitionsHandler } from './describe-topic-partitions.js'
import { describeTransactionsHandler } from './describe-transactions.js'
import { electLeadersHandler } from './elect-leaders.js'
import { endTxnHandler } from './end-txn.js'
import { fetchHandler } from './fetch.js'
import { findCoordinatorHandler } from './find-coordinator.js'
import { heartbeatHandler } from './heartbeat.js'
import { incrementalAlterConfigsHandler } from './incremental-alter-configs.js'
import { initProducerIdHandler } from './init-producer-id.js'
import { joinGroupHandler } from './join-group.js'
import { leaveGroupHandler } from './leave-group.js'
import { listConfigResourcesHandler } from './list-config-resources.js'
import { listGroupsHandler } from './list-groups.js'
import { listOffsetsHandler } from './list-offsets.js'
import { listPartitionReassignmentsHandler } from './list-partition-reassignments.js'
import { listTransactionsHandler } from './list-transactions.js'
import { metadataHandler } from './metadata.js'
import { offsetCommitHandler } from './offset-commit.js'
import { offsetDeleteHandler } from './offset-delete.js'
import { offsetFetchHandler } from './offset-fetch.js'
import { offsetForLeaderEpochHandler } from './offset-for-leader-epoch.js'
import { produceHandler } from './produce.js'
import { syncGroupHandler } from './sync-group.js'
import { txnOffsetCommitHandler } from './txn-offset-commit.js'
import { writeTxnMarkersHandler } from './write-txn-markers.js'

/** Every API that the broker answers, by its key. */
export const handlers: ReadonlyMap<number, RequestHandler> = new Map(
  [
    produceHandler,
    fetchHandler,
    listOffsetsHandler,
    metadataHandler,
    offsetCommitHandler,
    offsetFetchHandler,
    findCoordinatorHandler,
    joinGroupHandler,
    heartbeatHandler,
    leaveGroupHandler,
    syncGroupHandler,
    describeGroupsHandler,
    listGroupsHandler,
    apiVersionsHandler,
    createTopicsHandler,
    deleteTopicsHandler,
    deleteRecordsHandler,
    initProducerIdHandler,
    addPartitionsToTxnHandler,
    addOffsetsToTxnHandler,
    endTxnHandler,
    txnOffsetCommitHandler,
    describeConfigsHandler,
    createPartitionsHandler,
    deleteGroupsHandler,
    describeClusterHandler,
    describeTopicPartitionsHandler,
    alterConfigsHandler,
    incrementalAlterConfigsHandler,
    listConfigResourcesHandler,
    describeLogDirsHandler,
    describeQuorumHandler,
    electLeadersHandler,
    alterPartitionReassignmentsHandler,
    listPartitionReassignmentsHandler,
    offsetForLeaderEpochHandler,
    offsetDeleteHandler,
    describeProducersHandler,
    describeTransactionsHandler,
    listTransactionsHandler,
    writeTxnMarkersHandler,
    consumerGroupHeartbeatHandler,
    consumerGroupDescribeHandler,
  ].map((handler) => [handler.api.key, handler]),
)
