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

// Storage

/** One entry of a segment's index for so many bytes of the segment. */
export const indexIntervalBytes = 4096
/** A segment becomes full at this size, unless its topic says otherwise (`segment.bytes`). */
export const segmentBytesDefault = 64 * 1024 * 1024
/** The largest record batch, unless its topic says otherwise; Apache Kafka's default. */
export const messageBytesMaxDefault = 1_048_588
/** How much of a segment is in memory at once while it is checked at start. */
export const recoveryChunkBytes = 1024 * 1024
/** Batches of a producer that are recognised when sent again; clients have five under way. */
export const producerBatchesKept = 5
/** Producers that a partition remembers; the one silent longest is forgotten first. */
export const producersPerPartitionMax = 10_000
