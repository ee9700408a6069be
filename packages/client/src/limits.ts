/** Limits of this package. Those that a user may set are defaults. */

/** Events that wait to be sent; what happens to one more is said by `whenFull`. */
export const queueEventsMax = 10_000

/** Text of the events that wait, in UTF-16 units; the same happens at this limit. */
export const queueCharsMax = 16 * 1024 * 1024

/** Events in one request; the gateway takes 20,000. */
export const batchEventsMax = 500

/** Text of one request; the gateway takes 8 MiB. A larger event is sent alone. */
export const batchCharsMax = 512 * 1024

/** How long the first event of a batch waits for company. */
export const lingerMs = 20

/** A request that is not answered by then is tried again. */
export const requestMsMax = 30_000

/** The wait before a try again doubles from the first to the last, and is cut at random. */
export const retryMsMin = 100
export const retryMsMax = 30_000

/** Longest wait that a gateway may ask for with Retry-After. */
export const retryAfterMsMax = 10 * 60_000

/** An event that could not be delivered for so long has failed. */
export const deliverWithinMs = 24 * 60 * 60_000

/** How long `close` waits for what is left. */
export const closeMsMax = 5_000

/** Text of one beacon: browsers refuse more than 64 KiB in all. */
export const beaconCharsMax = 60 * 1024

/** A refusal asks for the schema again first, when what is known is older. */
export const refusalSchemaMsMax = 5_000

/** A schema that could not be fetched is asked for again after this time. */
export const schemaRetryMs = 10_000

/** How long a schema is waited for; without it events go unchecked, and the gateway checks. */
export const schemaWaitMsMax = 5_000

/** A page tells its spool that it lives, and takes over those that have not for so long. */
export const leaseEveryMs = 5_000
export const leaseMsMax = 20_000

/** A file of a spool is written anew when it has so many lines more than events. */
export const spoolLinesSlack = 10_000

/** How long a consumer may let a poll wait for records. */
export const pollMs = 5_000

/** Wait after a poll that failed. */
export const pollRetryMs = 1_000
