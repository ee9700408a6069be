/**
 * Bytes of record batches that one fetch may bring; what one transaction applies follows from it.
 * More makes catching up cheaper; less makes the pauses shorter in which rows are handed to DuckDB
 * and nothing else runs (some 30 ms for 4 MiB of small records).
 */
export const fetchBytesMax = 4 * 1024 * 1024

/** Bytes of one partition in one fetch, so that a deep partition does not starve its siblings. */
export const fetchPartitionBytesMax = 1024 * 1024

/** Records decoded in one go, before queries and others in the same process get their turn. */
export const recordsPerTurnMax = 2_000

/** How long a fetch waits at the broker for the first byte. New records end the wait at once. */
export const fetchWaitMsMax = 500

/** How often a topic that does not exist yet is looked for. */
export const topicMissingRetryMs = 200

/** How often a followed topic is asked whether it has more partitions by now. */
export const partitionsCheckMs = 10_000

/** First and longest pause after a failure (broker away, registry away, disk full). */
export const retryDelayMsMin = 100
export const retryDelayMsMax = 5_000

/** Lines about one kind of trouble in one table within `complaintWindowMs`; the rest are counted. */
export const complaintLinesMax = 5
export const complaintWindowMs = 60_000

/** Columns of one table. */
export const columnsMax = 1_000

/** Characters of a table's or column's name. */
export const nameCharactersMax = 200

/** Memory that DuckDB may use for tables and queries together; beyond it, it spills to disk. */
export const duckdbMemoryMiB = 1_024

/** Disk that DuckDB may fill with spilled data. */
export const duckdbSpillMiB = 4_096
