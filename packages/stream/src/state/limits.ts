/**
 * A pane is compacted when it holds so many times what it held after its last compaction: the
 * work of compacting stays in proportion to the rows that came in, whatever the number of keys.
 */
export const paneCompactionGrowth = 2

/** A snapshot is begun when the journal has grown to at least this … */
export const journalBytesMin = 16 * 1024 * 1024

/**
 * … and to this share of what the snapshot before it wrote, so that writing snapshots costs in
 * proportion to what was journalled …
 */
export const journalPerSnapshot = 0.25

/** … and to this share of the whole state, for a snapshot names all of it … */
export const journalPerState = 1 / 64

/** … but never to more than this: a start applies the journal again, row by row. */
export const journalBytesMax = 2 * 1024 * 1024 * 1024

/** How a snapshot is written while steps go on: in slices, one after each step. */
export interface SnapshotPace {
  /** One is begun when the journal has so many bytes, or more where the limits above say so. */
  readonly journalBytesMin: number
  /** A slice has so many bytes … */
  readonly sliceBytesMin: number
  /** … or so many times what the step brought to the journal, so that it ends before the next is due. */
  readonly slicePerJournal: number
}

export const snapshotPace: SnapshotPace = {
  journalBytesMin,
  sliceBytesMin: 1024 * 1024,
  slicePerJournal: 8,
}

/** What is read of a file of frames at once. */
export const frameWindowBytes = 8 * 1024 * 1024

/** Rows that may lie on disk go there when the states take this share of their memory … */
export const spillFromShare = 0.8

/** … until they take this share of what they took then. */
export const spillToShare = 0.6

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

/** A piece: what a snapshot puts together in memory, and writes in one file. A larger value has one of its own. */
export const pieceBytesMax = 16 * 1024 * 1024

/** Pieces that are being written. */
export const piecesUnderWayMax = 3

/** Pieces that are read at a time. */
export const readsUnderWayMax = 4

/** More pieces than this of which less than half is wanted are written anew. */
export const sparsePiecesMax = 32

/** Rows in a page of a table (2 ** 14): so much of it is written where one row was changed. */
export const placePageBits = 14

/** Slots in a page of an index: 256 KiB. */
export const slotPageBits = 16

/** Bytes in a page of a heap of texts: 256 KiB. */
export const heapPageBits = 18

/** When so many of its rows were changed since a snapshot began, a page is written at once. */
export const undoPlacesShare = 0.25

/** Rows that are only added to are written in runs of so many bytes … */
export const rowRunBytesMax = 4 * 1024 * 1024

/**
 * … and where they lie in more runs than this, most of them short, they are written as few, once
 * they were read back.
 */
export const rowRunsMax = 64

/** Rows of a table in one part of a savepoint. */
export const tablePartRows = 64 * 1024
