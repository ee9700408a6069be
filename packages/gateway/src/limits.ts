/** Limits of this package. What happens at each is said beside it. */

/** Largest request body; a larger one is answered with 413 before it is read. */
export const bodyBytesMax = 8 * 1024 * 1024

/** Most records in a request; more are answered with 422 (42208). */
export const requestRecordsMax = 20_000

/** Produce requests under way; the next one is answered with 429. */
export const requestsInFlightMax = 1_024

/**
 * Bytes of bodies under way; a request that would pass it is answered with 429. It is several
 * times `bodyBytesMax`, so that a request within limits is admitted when it is alone.
 */
export const bytesInFlightMax = 128 * 1024 * 1024

/** What a caller that was answered with 429 or 503 is told to wait. */
export const retryAfterSeconds = 1

/** A client that takes longer to send its request is cut off, with 408. */
export const requestMsMax = 30_000

/** How often requests that take too long are looked for. */
export const slowCheckMs = 1_000

/** A stream of records from which nothing comes, or whose answers nobody reads, is ended. */
export const streamIdleMsMax = 5 * 60_000

/** Records of one stream that wait for their answers; no more is read until one of them has it. */
export const streamRecordsMax = 1_000

/** Most records in a `records:batch` request; more are answered with 422 (42208). */
export const batchEntriesMax = 1_000

/** Request URLs, as parsed, that are remembered. */
export const routesMax = 10_000

/** Longer URLs than those of any topic that there can be are read each time. */
export const routeCharsMax = 500

/** Longer Protobuf texts that come with records are read each time. */
export const rememberedSchemaCharsMax = 8_192

/** Envelope headers, as encoded for a topic, a schema and a source, that are remembered. */
export const envelopesMax = 10_000

/**
 * Largest record, with headers, as estimated by `recordBytesBound`; a larger one is refused. Kafka
 * takes batches of up to 1,048,588 bytes by default, and a record must fit in a batch.
 */
export const recordBytesMax = 1_000_000

/** Largest value of an exception; of an event that would make it larger less is kept. */
export const exceptionBytesMax = recordBytesMax - 64 * 1024

/** Largest batch; what waits for a partition beyond it goes into further batches. */
export const batchBytesMax = recordBytesMax

/** Bytes of records that wait for the log; a record beyond fails with 50003, to be sent again. */
export const queuedBytesMax = 128 * 1024 * 1024

/** How long a partition's records are gathered under the profile `throughput`. */
export const throughputLingerMs = 5

/** Records without a key stay with a partition for so many bytes of bodies, then turn to the next. */
export const stickyBytes = 16 * 1024

/** Longest `source` that is taken from a request's headers; the rest is cut off. */
export const sourceCharsMax = 256

/**
 * How long the log is waited for, before a count of partitions that it told before is good enough:
 * after a start, or after it refused.
 */
export const rememberedAfterMs = 1_000

/** What was told of topics is on disk at most so much later. */
export const rememberedWriteMs = 200

/** How long the partition count of a topic is believed. */
export const topicAgeMsMax = 10_000

/** How long the newest schema of a subject is believed; a refusal always looks again. */
export const schemaAgeMsMax = 5_000

/** How long it is believed that a topic has no schema. */
export const noSchemaAgeMsMax = 1_000

/** A refusal does not look again at a schema younger than this. */
export const refusalSchemaAgeMsMax = 100

/** Entries of a cache of topics or schemas; the oldest goes when it is full. */
export const cacheEntriesMax = 10_000

/** How long a browser may remember what a page was allowed; browsers keep it two hours at most. */
export const preflightSeconds = 7_200
/** Most headers of a record. */
export const headersMax = 1_000

/** Longest id of an entry in a `records:batch` request, as in the REST proxy. */
export const batchIdCharsMax = 80

/** Longest name of a topic in a URL; a longer one is answered with 414. */
export const topicCharsMax = 1_000

/** A cluster that is not connected yet is left out of lists when it takes longer to answer. */
export const clusterWaitMsMax = 1_000

/** Bytes of the spool's files; a request that would pass it is answered with 503. */
export const spoolBytesMax = 1024 * 1024 * 1024

/** Batches that wait in the spool; a request beyond is answered with 503. */
export const spoolFramesMax = 500_000

/** A file of the spool from this size on is followed by the next one; it is made that large ahead, or used again. */
export const spoolSegmentBytes = 16 * 1024 * 1024

/** It is made in pieces, with time between them: 16 MiB in a second. */
export const spoolAllocateBytes = 256 * 1024
export const spoolAllocatePauseMs = 12

/** Files whose events are in the log, kept to be used again. */
export const spoolSparesMax = 2

/**
 * Pages of `batchBytesMax` for batches of the spool that are kept in memory until they are sent;
 * others are read from its files.
 */
export const spoolKeptPages = 8

/** Room for what the spool notes of its lanes; when it is full, their state is written anew. */
export const spoolProgressBytes = 1024 * 1024

/**
 * How often the spool's lanes send to the log: what comes in between goes out together. A lane that
 * was silent for so long sends at once.
 */
export const spoolRoundMs = 20

/** The same while more waits than a round sends: a quarter of the thread's time is left to it. */
export const spoolBacklogRoundMs = 4

/** What a round sends, of all lanes, and of one: some fractions of a millisecond of the thread. */
export const spoolRoundBytes = 256 * 1024
export const spoolSendBytes = 128 * 1024

/** The first and the longest wait of a lane of the spool for whoever is away. */
export const spoolRetryMsMin = 20
export const spoolRetryMsMax = 1_000

/** A file of dead letters from this size on is put aside. */
export const deadLetterBytesMax = 64 * 1024 * 1024

/** Callers whose limits are kept; of more, the one silent longest begins anew. */
export const callersMax = 100_000

/** Consumer instances at once; one more is refused with 429. */
export const consumerInstancesMax = 256

/** An instance that nothing is asked of for so long is closed; the REST proxy's default. */
export const consumerIdleMsMax = 5 * 60_000

/** How often idle instances are looked for. */
export const consumerSweepMs = 1_000

/** How long a read waits for records where nothing else is said; the REST proxy's default. */
export const consumerReadMsDefault = 1_000

/** The longest that a read may be asked to wait. */
export const consumerReadMsMax = 60_000

/** Bytes of keys and values in an answer, whatever is asked for; a single record may be larger. */
export const consumerAnswerBytesMax = 16 * 1024 * 1024

/** Records in an answer. */
export const consumerAnswerRecordsMax = 20_000

/** Most that `fetch.min.bytes` may be, as in the REST proxy. */
export const consumerMinBytesMax = 10_000_000

/** Reads of one instance that wait for their turn; one more is refused with 429. */
export const consumerReadsMax = 8

/** What an instance fetches at once, in all and of a partition: what it holds until it is read. */
export const consumerFetchBytesMax = 2 * 1024 * 1024
export const consumerPartitionBytesMax = 512 * 1024

/** How long the broker may hold a consumer's fetch back. */
export const consumerFetchWaitMs = 250

/** How often positions are committed where the instance does it by itself; Kafka's default. */
export const consumerCommitMs = 5_000

/** How long a request waits for an instance to have its partitions. */
export const consumerJoinMsMax = 10_000

/** Longest name of a consumer group or instance. */
export const consumerNameCharsMax = 249
