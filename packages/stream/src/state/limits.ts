/**
 * A pane is compacted when it holds so many times what it held after its last compaction: the
 * work of compacting stays in proportion to the rows that came in, whatever the number of keys.
 */
export const paneCompactionGrowth = 2

/** A snapshot is taken when the journal has grown to at least this … */
export const journalBytesMin = 16 * 1024 * 1024

/**
 * … and to so many times the snapshot before it, so that writing snapshots costs in proportion
 * to what was journalled, and recovery reads at most this multiple of the state.
 */
export const journalPerSnapshot = 2

/** … but never to more than this: files are read at once, and Node 20 holds no 4 GiB in one piece. */
export const journalBytesMax = 2 * 1024 * 1024 * 1024

/** What is larger could be written and never read again. */
export const snapshotBytesMax = 4 * 1024 * 1024 * 1024

/** Texts of one column, whose ends are numbers of 32 bits. */
export const heapBytesMax = 2 ** 32 - 1

/** Memory that is made for texts that have not come yet. */
export const expectedHeapBytesMax = 64 * 1024 * 1024

/** One journal entry; a longer length in a file means damage, not an entry. */
export const journalEntryBytesMax = 1024 * 1024 * 1024

/** Entries up to this are put together in memory that the journal keeps. */
export const journalScratchBytesMax = 32 * 1024 * 1024

/** Replaced texts of a table's column are not swept up before they have so many bytes. */
export const heapGarbageBytesMin = 1024 * 1024

/**
 * All operators of one job together, in memory, where `state.memory.max` does not say it. A job
 * that needs more fails alone.
 */
export const stateBytesMax = 2 * 1024 * 1024 * 1024

/** Places of a table that a step looks at for rows that have expired, beside twice those it writes. */
export const expirySweepPlaces = 10_000

/** Pairs of rows with equal keys that one step of a join makes; more would not fit in memory. */
export const equalRowsMax = 64 * 1024 * 1024
