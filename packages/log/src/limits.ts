/**
 * The limits of the log. Units come last in a name.
 */

// Protocol

/** A message's own buffer grows in steps of this size. */
export const writerBufferBytes = 1024
/** Bytes of a message from this length on are handed on without a copy. */
export const writerSpliceBytesMin = 1024
/** The largest request and response; the same as Apache Kafka's `socket.request.max.bytes`. */
export const frameBytesMax = 100 * 1024 * 1024

// Records

/** What a compressed batch may grow to, so that a small one cannot fill the memory. */
export const uncompressedBatchBytesMax = 128 * 1024 * 1024

// Client

/** How long a connection may take to be made. */
export const connectTimeoutMs = 5_000
/** How long an answer may take; for a fetch, beyond the time that the broker may wait. */
export const requestTimeoutMs = 15_000
/** How long a whole operation may go on, with all its retries: longer than a broker's restart. */
export const operationTimeoutMs = 60_000
/** The first and the longest wait between two attempts; each is twice the one before. */
export const retryDelayMsMin = 50
export const retryDelayMsMax = 1_000
/** How long a topic that was just created may be unknown before it is an error. */
export const unknownTopicPatienceMs = 5_000
/** Requests under way on one connection. */
export const inFlightRequestsMax = 16
/** Requests that wait for one of those places. */
export const waitingRequestsMax = 10_000
/** Records that go out together in a batch have at most so many bytes, unless one send has more. */
export const mergedBatchBytesMax = 512 * 1024
/** Batches of several partitions go out together in a request of at most so many bytes. */
export const joinedRequestBytesMax = 1024 * 1024
/** Bytes of records that wait in a producer for one partition. What comes beyond is refused. */
export const queuedBytesMax = 64 * 1024 * 1024
/** How long a transaction may stay open before the broker aborts it. */
export const transactionTimeoutMsDefault = 60_000
/** How long the broker may hold a fetch back. */
export const fetchWaitMsDefault = 500
/** What one fetch brings at most, in all and from each partition. */
export const fetchBytesMaxDefault = 32 * 1024 * 1024
export const partitionFetchBytesMaxDefault = 4 * 1024 * 1024

/** A member of a group from which nothing comes for so long is taken for dead. */
export const memberSessionMsMax = 30_000
/** How often a member says that it is alive; at least three times in a session. */
export const memberHeartbeatMs = 3_000
if (memberHeartbeatMs * 3 > memberSessionMsMax) throw new RangeError('One heartbeat may be lost.')
/** How long a group waits for a member to come back when partitions are given out anew. */
export const memberRebalanceMsMax = 60_000
/** How often a member looks whether there are new topics or partitions to be given out. */
export const memberTopicsAgeMsMax = 10_000

// Storage

/** One entry of a segment's index for so many bytes of the segment. */
export const indexIntervalBytes = 4096
/** Full segments of a log whose indexes are in memory, because they were read last. */
export const loadedIndexesPerLogMax = 8
/** Offsets that one segment spans; an index entry has 32 bits for one. */
export const segmentOffsetsMax = 0x7fffffff
/** A segment becomes full at this size, unless its topic says otherwise (`segment.bytes`). */
export const segmentBytesDefault = 64 * 1024 * 1024
/** The smallest segments that a topic may be given; Apache Kafka's. */
export const segmentBytesMin = 1024 * 1024
/** The largest record batch, unless its topic says otherwise; Apache Kafka's default. */
export const messageBytesMaxDefault = 1_048_588
/** Bytes that are read at once to walk over the headers of batches. */
export const headerWindowBytes = 16 * 1024
/** How much of a segment is in memory at once while it is checked at start. */
export const recoveryChunkBytes = 1024 * 1024
/** How often it is looked whether records are too old, or too many, to be kept. */
export const retentionCheckMs = 30_000
/** How often it is looked whether there is something to compact; Apache Kafka's default. */
export const cleanerBackoffMs = 15_000
/** What a compaction reads at once; between two of these others come to their turn. */
export const cleanerChunkBytes = 1024 * 1024
/** Memory for the keys of one compaction, 24 bytes each; with more keys it takes several. */
export const cleanerMapBytesMax = 32 * 1024 * 1024
/** How often it is looked whether records have waited too long to be synced (`flush.ms`). */
export const flushCheckMs = 1000
/** Batches of a producer that are recognised when sent again; clients have five under way. */
export const producerBatchesKept = 5
/** A producer that was silent for so long is forgotten; Apache Kafka's defaults, as the next. */
export const producerIdExpirationMs = 24 * 60 * 60_000
/** How often it is looked whether one was. */
export const producerExpirationCheckMs = 10 * 60_000
/** Aborted transactions of a partition that are in memory, and then in one file. */
export const abortedRunEntriesMax = 4096
/** Producers that a partition remembers; the one silent longest is forgotten first. */
export const producersPerPartitionMax = 10_000

// Broker

/** Connections at once; one more is closed. */
export const connectionsMax = 1000
/** Bytes of requests that may wait for the one before them until no more are read. */
export const requestBytesWaitingMax = 256 * 1024
/** Requests from this length on are counted together, over all connections. */
export const largeRequestBytesMin = 64 * 1024
/** Large requests of all connections together; beyond, no more of theirs are read. */
export const requestBytesMax = 256 * 1024 * 1024
if (requestBytesMax < frameBytesMax) throw new RangeError('Any one request must fit.')
/** A large request of which nothing came for so long ends its connection, where others wait. */
export const requestStallMsMax = 30_000
/** A connection is closed after so long without a request; Apache Kafka's default. */
export const connectionIdleMsMax = 10 * 60_000
/** How often connections are looked over for those two. */
export const connectionSweepMs = 10_000
/** Bytes of answers that may wait for a slow client before no more of its requests are read. */
export const unsentBytesMax = 1024 * 1024
/** Answers from this length on are counted together, over all connections. */
export const largeAnswerBytesMin = 64 * 1024
/** Large answers of all connections that are not sent yet; near it, they become small. */
export const answerBytesMax = 256 * 1024 * 1024
/** What an answer may have in any case. */
export const answerRoomBytesMin = 64 * 1024
/** Record batches in one answer to Fetch, whatever the client asks for; the first may be larger. */
export const fetchResponseBytesMax = 16 * 1024 * 1024
/** Answers to Fetch that are smaller are not received into memory that is used again. */
export const fetchMemoryBytesMin = 64 * 1024
/** What a fetcher keeps of such memory while nothing lies in it: two of a broker's largest answers. */
export const fetchMemoryBytesKept = 40 * 1024 * 1024
/** Smaller pieces of memory are not pooled; this is more than what Node cuts small buffers from. */
export const pooledBytesMin = 16 * 1024
/** Larger ones are not: what our own client asks of a partition, others ask less by default. */
export const pooledBytesMax = partitionFetchBytesMaxDefault
/** What the pool keeps for further use. */
export const pooledBytesKept = 32 * 1024 * 1024
/** Fetch sessions at once, and partitions in all of them; Apache Kafka has the first of these. */
export const fetchSessionsMax = 1000
export const fetchSessionPartitionsMax = 200_000
/** Fetch sessions that one connection may have; clients have one. */
export const fetchSessionsPerConnectionMax = 8
/** A session that was not used for so long goes when another needs its place. */
export const fetchSessionUnusedMsMin = 120_000
/** How long an answer to Fetch is held back at most, whatever the client asks for. */
export const fetchWaitMsMax = 60_000
/** Logs that are closed at the same time when the broker ends. */
export const logsClosedAtOnce = 16
/** Partitions that one topic may have. */
export const partitionsPerTopicMax = 1000
/** Partitions in one answer to DescribeTopicPartitions, whatever is asked for; Apache Kafka's default. */
export const describedPartitionsMax = 2000
/** Letters of a topic's name; Apache Kafka's, because it is a folder's name too. */
export const topicNameLettersMax = 249
/** Bytes read at once when an internal topic is folded back at start. */
export const replayChunkBytes = 1024 * 1024
/** The id of a group, or of a transaction: what a text of the protocol's older form can hold. */
export const nameBytesMax = 0x7fff

// Transactions

/** The longest timeout a producer may ask for; Apache Kafka's default. */
export const transactionTimeoutMsMax = 15 * 60_000
/** After this long, an end or its markers that the disk refused are written again. */
export const markerRetryMs = 1000
/** A transactional id that was not used for so long is forgotten; Apache Kafka's default. */
export const transactionalIdExpirationMs = 7 * 24 * 60 * 60_000
/** How often such ids are looked for. */
export const transactionalIdSweepMs = 60 * 60_000
/** Producer ids that are taken at once; what a process does not use of them is lost. */
export const producerIdsPerBlock = 1000

// Groups

/** Session timeouts that a member may ask for. */
export const groupSessionTimeoutMsMin = 100
export const groupSessionTimeoutMsMax = 30 * 60_000
/** How long an empty group waits for more members before its first generation. */
export const groupInitialRebalanceDelayMs = 50
/** How long a new member may wait for its first generation; Apache Kafka's. */
export const groupNewMemberTimeoutMs = 5 * 60_000
/** Members that one group may have. */
export const groupMembersMax = 1000
/** How long a member of the newer protocol may be silent; Apache Kafka's default. */
export const consumerSessionTimeoutMsDefault = 45_000
/** How often it is told to be heard; Apache Kafka's default. */
export const consumerHeartbeatIntervalMsDefault = 5_000
/** How often at most partitions are shared out anew in a group; Apache Kafka's default. */
export const consumerAssignmentIntervalMsDefault = 1_000
/** A pattern of topics. */
export const patternBytesMax = 4096
/** Steps that a pattern has when what it repeats is written out; bounds the time it takes. */
export const patternStepsMax = 5_000
/** Groups within groups of a pattern. */
export const patternNestingMax = 100
/** How often one thing may be repeated; RE2's. */
export const patternRepeatsMax = 1_000
/** Bytes of the text that may be kept beside an offset; Apache Kafka's default. */
export const offsetMetadataBytesMax = 4096
/** How long offsets that nobody uses are kept; Apache Kafka's `offsets.retention.minutes`. */
export const offsetsRetentionMs = 7 * 24 * 60 * 60_000
/** How often it is looked for such; Apache Kafka's `offsets.retention.check.interval.ms`. */
export const offsetsExpiryCheckMs = 10 * 60_000

// State logs (topics of the broker itself)

/** A log of the broker's own state is not rewritten before it has this size. */
export const stateLogBytesMin = 8 * 1024 * 1024
/** Records in one batch when such a log is rewritten. */
export const stateBatchRecords = 500
