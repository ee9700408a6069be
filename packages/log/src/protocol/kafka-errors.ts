/**
 * The error codes of the Kafka protocol: the table of what a broker may answer. Codes and names
 * are the protocol's; `retriable` says whether the same request may succeed a little later. A
 * test compares all three with Apache Kafka's own.
 */
export interface KafkaErrorKind {
  readonly name: string
  readonly code: number
  readonly retriable: boolean
  /** What happened, in a sentence. */
  readonly message: string
  /** What the user can do about it; undefined when there is nothing but to try again. */
  readonly hint?: string
}

type Row = readonly [code: number, retry: 'retry' | 'final', message: string, hint?: string]

const table = {
  UNKNOWN_SERVER_ERROR: [-1, 'final', 'The broker failed unexpectedly.', 'Look into its log.'],
  NONE: [0, 'final', 'No error.'],
  OFFSET_OUT_OF_RANGE: [
    1,
    'final',
    'The offset is before the first record of the partition or after its end.',
    'Read on from the earliest or the latest offset.',
  ],
  CORRUPT_MESSAGE: [2, 'retry', 'A record batch is damaged: its checksum or its size is wrong.'],
  UNKNOWN_TOPIC_OR_PARTITION: [
    3,
    'retry',
    'There is no such topic or partition.',
    'Create the topic, or check its name and its number of partitions.',
  ],
  INVALID_FETCH_SIZE: [4, 'final', 'The size to fetch is not valid.'],
  LEADER_NOT_AVAILABLE: [5, 'retry', 'The partition has no leader at present.'],
  NOT_LEADER_OR_FOLLOWER: [6, 'retry', 'Another broker leads the partition.'],
  REQUEST_TIMED_OUT: [7, 'retry', 'The request was not answered in time.', 'Is the broker busy?'],
  BROKER_NOT_AVAILABLE: [8, 'final', 'The broker is not available.'],
  REPLICA_NOT_AVAILABLE: [9, 'retry', 'The replica is not available.'],
  MESSAGE_TOO_LARGE: [
    10,
    'final',
    'The record batch is larger than the topic allows.',
    'Send less at a time, or raise max.message.bytes of the topic.',
  ],
  STALE_CONTROLLER_EPOCH: [11, 'final', 'The controller has moved to another broker.'],
  OFFSET_METADATA_TOO_LARGE: [12, 'final', 'The metadata beside the offset is too long.'],
  NETWORK_EXCEPTION: [
    13,
    'retry',
    'The connection was lost before the answer was there.',
    'Is the broker running, and is the address right?',
  ],
  COORDINATOR_LOAD_IN_PROGRESS: [14, 'retry', 'The coordinator is still loading its state.'],
  COORDINATOR_NOT_AVAILABLE: [15, 'retry', 'There is no coordinator at present.'],
  NOT_COORDINATOR: [16, 'retry', 'Another broker is the coordinator.'],
  INVALID_TOPIC_EXCEPTION: [
    17,
    'final',
    'The name of the topic is not valid.',
    "Use up to 249 letters, digits, '.', '_' and '-'.",
  ],
  RECORD_LIST_TOO_LARGE: [18, 'final', 'The record batch is larger than a segment.'],
  NOT_ENOUGH_REPLICAS: [19, 'retry', 'Too few replicas are in sync to accept records.'],
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: [
    20,
    'retry',
    'The records are written, but too few replicas have them.',
  ],
  INVALID_REQUIRED_ACKS: [21, 'final', 'acks must be 0, 1 or -1.'],
  ILLEGAL_GENERATION: [22, 'final', 'The group has moved on to another generation.', 'Join again.'],
  INCONSISTENT_GROUP_PROTOCOL: [
    23,
    'final',
    'The members of the group have no way of sharing partitions in common.',
    'Give all members the same protocol type and an assignor that all of them know.',
  ],
  INVALID_GROUP_ID: [24, 'final', 'The name of the group is not valid.'],
  UNKNOWN_MEMBER_ID: [25, 'final', 'The group does not know this member.', 'Join again.'],
  INVALID_SESSION_TIMEOUT: [26, 'final', 'The session timeout is not in the range allowed.'],
  REBALANCE_IN_PROGRESS: [27, 'final', 'The group is sharing out its partitions.', 'Join again.'],
  INVALID_COMMIT_OFFSET_SIZE: [28, 'final', 'The offsets to commit are too large.'],
  TOPIC_AUTHORIZATION_FAILED: [29, 'final', 'Access to the topic is refused.'],
  GROUP_AUTHORIZATION_FAILED: [30, 'final', 'Access to the group is refused.'],
  CLUSTER_AUTHORIZATION_FAILED: [31, 'final', 'This action on the cluster is refused.'],
  INVALID_TIMESTAMP: [32, 'final', 'The timestamp of a record is not acceptable.'],
  UNSUPPORTED_SASL_MECHANISM: [33, 'final', 'The broker does not have this SASL mechanism.'],
  ILLEGAL_SASL_STATE: [34, 'final', 'The request does not fit the state of the SASL exchange.'],
  UNSUPPORTED_VERSION: [35, 'final', 'The broker does not speak this version of the API.'],
  TOPIC_ALREADY_EXISTS: [36, 'final', 'A topic of this name exists already.'],
  INVALID_PARTITIONS: [37, 'final', 'The number of partitions is not valid.'],
  INVALID_REPLICATION_FACTOR: [
    38,
    'final',
    'The replication factor is below 1 or above the number of brokers.',
  ],
  INVALID_REPLICA_ASSIGNMENT: [39, 'final', 'The assignment of replicas is not valid.'],
  INVALID_CONFIG: [40, 'final', 'A setting is not known or its value is not valid.'],
  NOT_CONTROLLER: [41, 'retry', 'Another broker is the controller.'],
  INVALID_REQUEST: [42, 'final', 'The request contradicts itself or is malformed.'],
  UNSUPPORTED_FOR_MESSAGE_FORMAT: [43, 'final', 'The format of the records is not supported.'],
  POLICY_VIOLATION: [44, 'final', "The cluster's policy forbids this."],
  OUT_OF_ORDER_SEQUENCE_NUMBER: [
    45,
    'final',
    'An earlier batch of this producer is missing.',
    'Open a new producer; what was sent before may be lost.',
  ],
  DUPLICATE_SEQUENCE_NUMBER: [46, 'final', 'The broker has these records already.'],
  INVALID_PRODUCER_EPOCH: [
    47,
    'final',
    'A newer producer has taken the place of this one.',
    'Only one producer may use a transactional id at a time.',
  ],
  INVALID_TXN_STATE: [48, 'final', 'The transaction is not in a state that allows this.'],
  INVALID_PRODUCER_ID_MAPPING: [
    49,
    'final',
    'The producer id does not belong to this transactional id.',
    'Open the transactional producer again.',
  ],
  INVALID_TRANSACTION_TIMEOUT: [
    50,
    'final',
    'The transaction timeout is longer than the broker allows.',
    'Lower it, or raise transaction.max.timeout.ms of the broker.',
  ],
  CONCURRENT_TRANSACTIONS: [51, 'retry', 'The last transaction is still being completed.'],
  TRANSACTION_COORDINATOR_FENCED: [52, 'final', 'The transaction has another coordinator now.'],
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: [53, 'final', 'The transactional id is refused.'],
  SECURITY_DISABLED: [54, 'final', 'Access control is not enabled.'],
  OPERATION_NOT_ATTEMPTED: [55, 'final', 'Not tried, because another part of the request failed.'],
  KAFKA_STORAGE_ERROR: [56, 'retry', 'The broker cannot use its disk.', 'Look into its log.'],
  LOG_DIR_NOT_FOUND: [57, 'final', 'The broker does not have this log directory.'],
  SASL_AUTHENTICATION_FAILED: [58, 'final', 'The credentials are wrong.'],
  UNKNOWN_PRODUCER_ID: [59, 'final', 'The broker has forgotten this producer.'],
  REASSIGNMENT_IN_PROGRESS: [60, 'final', 'The partition is being moved.'],
  DELEGATION_TOKEN_AUTH_DISABLED: [61, 'final', 'Delegation tokens are not enabled.'],
  DELEGATION_TOKEN_NOT_FOUND: [62, 'final', 'There is no such delegation token.'],
  DELEGATION_TOKEN_OWNER_MISMATCH: [63, 'final', 'The delegation token has another owner.'],
  DELEGATION_TOKEN_REQUEST_NOT_ALLOWED: [
    64,
    'final',
    'Delegation tokens are not given over this connection.',
  ],
  DELEGATION_TOKEN_AUTHORIZATION_FAILED: [65, 'final', 'The delegation token is refused.'],
  DELEGATION_TOKEN_EXPIRED: [66, 'final', 'The delegation token has expired.'],
  INVALID_PRINCIPAL_TYPE: [67, 'final', 'This type of principal is not supported.'],
  NON_EMPTY_GROUP: [68, 'final', 'The group still has members.', 'Stop its consumers first.'],
  GROUP_ID_NOT_FOUND: [69, 'final', 'There is no such group.'],
  FETCH_SESSION_ID_NOT_FOUND: [70, 'retry', 'The fetch session is gone.'],
  INVALID_FETCH_SESSION_EPOCH: [71, 'retry', 'The fetch session is at another epoch.'],
  LISTENER_NOT_FOUND: [72, 'retry', 'The leader has no listener of this kind.'],
  TOPIC_DELETION_DISABLED: [73, 'final', 'Deleting topics is not enabled.'],
  FENCED_LEADER_EPOCH: [74, 'retry', 'The client knows an older leader than the broker.'],
  UNKNOWN_LEADER_EPOCH: [75, 'retry', 'The client knows a newer leader than the broker.'],
  UNSUPPORTED_COMPRESSION_TYPE: [76, 'final', 'This compression is not supported here.'],
  STALE_BROKER_EPOCH: [77, 'final', 'The broker was registered anew.'],
  OFFSET_NOT_AVAILABLE: [78, 'retry', 'The new leader does not know the end of the log yet.'],
  MEMBER_ID_REQUIRED: [79, 'final', 'Join again with the member id that was given.'],
  PREFERRED_LEADER_NOT_AVAILABLE: [80, 'retry', 'The preferred leader is not available.'],
  GROUP_MAX_SIZE_REACHED: [81, 'final', 'The group has as many members as it may have.'],
  FENCED_INSTANCE_ID: [82, 'final', 'Another member has taken this instance id.'],
  ELIGIBLE_LEADERS_NOT_AVAILABLE: [83, 'retry', 'No replica may become leader at present.'],
  ELECTION_NOT_NEEDED: [84, 'retry', 'The partition has the leader it should have.'],
  NO_REASSIGNMENT_IN_PROGRESS: [85, 'final', 'The partition is not being moved.'],
  GROUP_SUBSCRIBED_TO_TOPIC: [86, 'final', 'The group is reading the topic.'],
  INVALID_RECORD: [87, 'final', 'A record is not acceptable for the topic.'],
  UNSTABLE_OFFSET_COMMIT: [88, 'retry', 'A transaction over these offsets is still open.'],
  THROTTLING_QUOTA_EXCEEDED: [89, 'retry', 'The quota for such requests is used up.'],
  PRODUCER_FENCED: [
    90,
    'final',
    'A newer producer has taken this transactional id.',
    'Only one producer may use a transactional id at a time.',
  ],
  RESOURCE_NOT_FOUND: [91, 'final', 'There is no such resource.'],
  DUPLICATE_RESOURCE: [92, 'final', 'The resource is named twice.'],
  UNACCEPTABLE_CREDENTIAL: [93, 'final', 'The credential is not acceptable.'],
  INCONSISTENT_VOTER_SET: [94, 'final', 'The sender or the receiver is not a voter.'],
  INVALID_UPDATE_VERSION: [95, 'final', 'The update has a version that is not valid.'],
  FEATURE_UPDATE_FAILED: [96, 'final', 'The features could not be updated.'],
  PRINCIPAL_DESERIALIZATION_FAILURE: [97, 'final', 'The principal could not be read.'],
  SNAPSHOT_NOT_FOUND: [98, 'final', 'There is no such snapshot.'],
  POSITION_OUT_OF_RANGE: [99, 'final', 'The position is not within the snapshot.'],
  UNKNOWN_TOPIC_ID: [100, 'retry', 'There is no topic with this id.'],
  DUPLICATE_BROKER_REGISTRATION: [101, 'final', 'Another broker has this id.'],
  BROKER_ID_NOT_REGISTERED: [102, 'final', 'No broker with this id is registered.'],
  INCONSISTENT_TOPIC_ID: [103, 'retry', 'The topic has another id than the request says.'],
  INCONSISTENT_CLUSTER_ID: [104, 'final', 'The cluster has another id than the request says.'],
  TRANSACTIONAL_ID_NOT_FOUND: [105, 'final', 'There is no such transactional id.'],
  FETCH_SESSION_TOPIC_ID_ERROR: [106, 'retry', 'The fetch session mixes topic ids and names.'],
  INELIGIBLE_REPLICA: [107, 'final', 'A replica may not be in the in-sync set.'],
  NEW_LEADER_ELECTED: [108, 'final', 'The partition has changed its leader.'],
  OFFSET_MOVED_TO_TIERED_STORAGE: [109, 'final', 'The records have moved to tiered storage.'],
  FENCED_MEMBER_EPOCH: [110, 'final', 'The group has fenced this member.', 'Join again.'],
  UNRELEASED_INSTANCE_ID: [111, 'final', 'Another member still holds this instance id.'],
  UNSUPPORTED_ASSIGNOR: [112, 'final', 'The group does not have this assignor.'],
  STALE_MEMBER_EPOCH: [113, 'final', 'The member is behind its group.'],
  MISMATCHED_ENDPOINT_TYPE: [114, 'final', 'The request was sent to the wrong kind of endpoint.'],
  UNSUPPORTED_ENDPOINT_TYPE: [115, 'final', 'This kind of endpoint is not supported.'],
  UNKNOWN_CONTROLLER_ID: [116, 'final', 'There is no such controller.'],
  UNKNOWN_SUBSCRIPTION_ID: [117, 'final', 'The telemetry subscription is not known.'],
  TELEMETRY_TOO_LARGE: [118, 'final', 'The telemetry is larger than the broker accepts.'],
  INVALID_REGISTRATION: [119, 'final', 'The registration of the broker is not valid.'],
  TRANSACTION_ABORTABLE: [120, 'final', 'The transaction failed.', 'Abort it and begin again.'],
  INVALID_RECORD_STATE: [121, 'final', 'The record cannot be acknowledged in its state.'],
  SHARE_SESSION_NOT_FOUND: [122, 'retry', 'The share session is gone.'],
  INVALID_SHARE_SESSION_EPOCH: [123, 'retry', 'The share session is at another epoch.'],
  FENCED_STATE_EPOCH: [124, 'final', 'The state of the share group is at another epoch.'],
  INVALID_VOTER_KEY: [125, 'final', 'The key of the voter is another one.'],
  DUPLICATE_VOTER: [126, 'final', 'It is a voter already.'],
  VOTER_NOT_FOUND: [127, 'final', 'It is not a voter.'],
  INVALID_REGULAR_EXPRESSION: [128, 'final', 'The regular expression is not valid.'],
  REBOOTSTRAP_REQUIRED: [129, 'final', 'The client must begin again at its bootstrap addresses.'],
  STREAMS_INVALID_TOPOLOGY: [130, 'final', 'The topology is not valid.'],
  STREAMS_INVALID_TOPOLOGY_EPOCH: [131, 'final', 'The epoch of the topology is not valid.'],
  STREAMS_TOPOLOGY_FENCED: [132, 'final', 'The epoch of the topology is too old.'],
  SHARE_SESSION_LIMIT_REACHED: [133, 'retry', 'There are as many share sessions as there may be.'],
} as const satisfies Record<string, Row>

export type KafkaErrorName = keyof typeof table

const rows = Object.entries(table) as [KafkaErrorName, Row][]

/** The codes by name: `kafkaErrors.NOT_COORDINATOR`. */
export const kafkaErrors = Object.fromEntries(rows.map(([name, [code]]) => [name, code])) as {
  readonly [N in KafkaErrorName]: (typeof table)[N][0]
}

const byCode: ReadonlyMap<number, KafkaErrorKind> = new Map(
  rows.map(([name, [code, retry, message, hint]]) => [
    code,
    { name, code, retriable: retry === 'retry', message, ...(hint !== undefined && { hint }) },
  ]),
)

/** What a code means; a code that is not known is an error that is not retriable. */
export function kafkaErrorOf(code: number): KafkaErrorKind {
  return (
    byCode.get(code) ?? {
      name: `UNKNOWN_CODE_${code}`,
      code,
      retriable: false,
      message: `The broker answered with error code ${code}, which is newer than this client.`,
    }
  )
}
