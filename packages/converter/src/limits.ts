/** Limits of this package. What happens at each is said beside it. */

/** Largest record; a larger event is an exception. Kafka's largest batch is a little more. */
export const recordBytesMax = 1_000_000

/** Largest batch of a transaction; what is beyond goes into further batches of the same one. */
export const batchBytesMax = recordBytesMax

/** Largest value of an exception; of an original that would make it larger less is kept. */
export const exceptionBytesMax = recordBytesMax - 64 * 1024

/** What a step reads at most, in all and of each partition: it is what a transaction holds. */
export const stepBytesMax = 4 * 1024 * 1024
export const stepPartitionBytesMax = 1024 * 1024

/** How long the broker may hold a fetch back while nothing comes. */
export const fetchWaitMsMax = 500

/** How often it is looked whether the raw topic has more partitions. */
export const partitionsAgeMsMax = 10_000

/** How long the newest schema is believed; a refusal looks again unless it is younger than that. */
export const schemaAgeMsMax = 5_000
export const refusalSchemaAgeMsMax = 100

/** The first and the longest wait after a step that could not be taken; each is twice the last. */
export const retryMsMin = 50
export const retryMsMax = 1_000
