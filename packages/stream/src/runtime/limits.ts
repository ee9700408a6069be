/** A step takes whole record batches from the backlog until it has at least this many records. */
export const stepRecordsMax = 50_000

/** Fewer records are decoded where they are: to hand them to a thread would take longer. */
export const threadRecordsMin = 5_000

/** Fewer records of a batch are decoded one by one: to put them together would take longer. */
export const blockRecordsMin = 16

/** Fetched record batches waiting for a step, of one source. No more is fetched beyond it. */
export const backlogBytesMax = 32 * 1024 * 1024

/** How long a fetch may wait at the broker when there is nothing new, which ends the wait at once. */
export const fetchWaitMsMax = 1_000

/**
 * How far, in event time, a partition is read ahead of the one furthest behind while that one has
 * a backlog: what lies between must be kept in open windows.
 */
export const partitionDriftMsMax = 60 * 60 * 1000

/** One record batch of the outbox; Kafka's default `max.message.bytes` is 1,048,588. */
export const outboxBatchBytesMax = 900_000

/** What a record takes in a batch beyond its key and value, at most. */
export const recordOverheadBytes = 70

/** Offsets are committed at least so often while records come, for those who watch the lag. */
export const offsetCommitMsMax = 5_000

/** How often new partitions are looked for where the table does not say it (Flink's default). */
export const discoveryMs = 5 * 60_000

/** Waiting between attempts to reach the log: doubled from the first to the second. */
export const retryMsMin = 100
export const retryMsMax = 10_000

/** How often it is looked whether time alone has brought something to do, while nothing comes … */
export const idleCheckMs = 100

/** … and where nothing of the job depends on the time. */
export const idleCheckMsMax = 1_000

/** Partitions of an output topic that the job has to make itself. */
export const sinkPartitionsDefault = 4

/** The watermark of a source from which nothing more comes: beyond what a date can say. */
export const endOfTimeMs = 8_640_000_000_000_001

/** So much of a file is read at once, … */
export const fileChunkBytes = 1024 * 1024

/** … and more only where one record is longer, up to this. */
export const fileRecordBytesMax = 64 * 1024 * 1024

/** The rows of a table that is looked up, which lie in memory beside the state. */
export const lookupTableBytesMax = 1024 * 1024 * 1024

/**
 * A file that changed no longer ago than this when it was read may have changed once more at what
 * its disk tells as the same time.
 */
export const settledFileMs = 2_000

/** A file that a sink writes is whole at this size where its table does not say (Flink's default), … */
export const fileRollBytes = 128 * 1024 * 1024

/** … or when it has been open for so long, or nothing was written for so long. */
export const fileRollMs = 30 * 60_000

/** Between two slices of a snapshot where no records come. */
export const snapshotPauseMs = 2
