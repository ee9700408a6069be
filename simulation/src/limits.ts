/**
 * The limits of the simulation. Units come last in a name; times are simulated ones.
 */

/** Faults happen until then; each client's steps take about as long. */
export const faultsEndMs = 12_000
/** How long clients may take, once nothing goes wrong any more, to finish and to read everything. */
export const recoveryMsMax = 180_000
/** How far the broker's clock may be from the others; records from more than an hour ahead are refused. */
export const clockAheadMsMax = 55 * 60_000
/** A program that ends in the middle of a change to the disk does so within so many. */
export const endChangesMax = 12
/** How long a client tries one operation. */
export const clientTimeoutMs = 20_000
/** How soon a program that ended by itself, or could not start, is started again. */
export const restartMs = 500
/** The largest batch that the topic takes; what is to be refused has twice as much. */
export const messageBytesMax = 16 * 1024
/** A segment of topics that are to have many. */
export const smallSegmentBytes = 1024
/** What the broker waits for so long or longer is upkeep, and may come sooner. */
export const upkeepMsMin = 15_000
/** Runs that the shrinker may spend on one failure. */
export const shrinkRunsMax = 400
/** Failures that one run reports; the first one is what matters. */
export const failuresMax = 20
