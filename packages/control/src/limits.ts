/** How far a topic may be spread; each partition is a folder of its own in the broker. */
export const topicPartitionsMax = 1_024
export const topicPartitionsDefault = 4

/** Clusters beside the main one; all share the broker's thread. */
export const clustersMax = 16

/** Memory of the child processes: V8's old space, beside which DuckDB has its own limit. */
export const jobHeapMegabytesMax = 512
export const tablesHeapMegabytesMax = 512
export const converterHeapMegabytesMax = 512

/**
 * A role that dies is started again after a delay that doubles from the first to the last value.
 * One that dies `quickFailuresMax` times, each time less than `quickFailureMs` after its start,
 * has failed for good: something other than time must change.
 */
export const restartDelayMsMin = 200
export const restartDelayMsMax = 10_000
export const quickFailureMs = 20_000
export const quickFailuresMax = 6

/** Of a role that ends again and again, a restart is told this often at most. */
export const restartNoticeEveryMs = 60_000

/** A role that has not stopped by then is ended. */
export const roleStopMsMax = 5_000

/** All of stopping: longer than one role's time, since roles of one kind stop together. */
export const platformStopMsMax = 3 * roleStopMsMax

/** How long a start waits for the children of a run that was killed; they end by themselves. */
export const orphanWaitMsMax = 10_000
export const orphanPollMs = 25

/** Two starts at the same moment both write the lock; after this time only one reads itself. */
export const lockSettleMs = 40

/** How often the stages are measured, and over how many measurements a rate is averaged. */
export const measureEveryMs = 1_000
export const rateMeasurementsMax = 5

/** The log file is set aside when it has grown so far; one older one is kept. */
export const logFileBytesMax = 10 * 1024 * 1024

/** Trips in one POST to the gateway; how much a resumed run must look at is counted in these. */
export const tripsPerPostMax = 250

/** A paced demo sends what is due this often. */
export const pacedPostEveryMs = 250

/** How often a demo looks again after the gateway did not take its trips, and how long in all. */
export const resendDelayMs = 300
export const resendForMsMax = 60_000

/** Progress is told this often at most: to a terminal, and to anything else. */
export const progressTerminalMs = 100
export const progressPlainMs = 2_000

/** How often `millrace run --metrics` tells them where it is not said. */
export const metricsEverySeconds = 10

/** Reading the ends of a demo's topics at its start. */
export const storedReadMsMax = 15_000

/** Events in one POST of `millrace produce`. */
export const eventsPerPostMax = 250

/** How often a watched project is looked at. */
export const watchEveryMs = 200

/** Refused trips that a demo's report names one by one. */
export const refusalsToldMax = 100

/** An endless demo shows the hottest windows once there are so many to choose from. */
export const hotWindowsShown = 30

/** How long a cluster has to say what is in it, and how many schemas are asked for at once. */
export const catalogAnswerMsMax = 5_000
export const catalogSchemasMax = 16

/** The most that a project may write as a caller's limit; more is told as a problem of the file. */
export const callerRequestsPerSecondMax = 1_000_000
export const callerBytesPerSecondMax = 10_000_000_000

/** How many exceptions a list has where nothing is said, and at most. */
export const exceptionsListed = 50
export const exceptionsListedMax = 1_000

/** How many exceptions one request sends again where nothing is said, and at most. */
export const exceptionsResent = 1_000
export const exceptionsResentMax = 10_000

/**
 * Records of exception topics that one request reads where nothing is said, and at most; it says
 * when it has not seen all. One exception by its id is looked for as far as the latter.
 */
export const exceptionsRead = 20_000
export const exceptionsReadMax = 1_000_000

/** What one exception topic is read in, backwards: offsets at first, and the bytes it aims at. */
export const backwardOffsets = 64
export const backwardOffsetsMax = 4_096
export const backwardBytes = 512 * 1024

/** Exceptions that are sent again in one transaction, and how much those may say in all. */
export const resendBatchMax = 200
export const resendBatchBytesMax = 4 * 1024 * 1024

/** Originals that one resend holds, unless a single one has more; the rest is left for the next. */
export const resendBytesMax = 64 * 1024 * 1024

/** Characters of an original in a list. */
export const originalCharsShown = 200

/** How often `millrace exceptions --follow` asks. */
export const followEveryMs = 1_000
