import { batchParts, type ColumnBatch, readBatch } from './batch.js'
import type { OperatorState, StateChange } from './operator-state.js'

/**
 * What a step changes, and what a snapshot holds, as bytes: a JSON head for what is small and
 * blobs for what is large. `[u32 length of head][head][blob]…`, little-endian; the head tells the
 * blobs' lengths.
 */

/** Where the job stands in its inputs: `source table` → `topic` → partition → next offset. */
export interface SourcePosition {
  readonly source: string
  /** Empty of a table that is no topic. */
  readonly topic: string
  readonly partition: number
  /** The next record to read. */
  readonly offset: number
  /** The latest event time seen; absent before the first one. */
  readonly maxTimeMs?: number
  /** Of a table of files: which one, by its path below the table's. `offset` is in bytes then. */
  readonly file?: string
  /** The file was read to its end. */
  readonly isRead?: true
}

/** A file that a sink has begun and goes on with: it is hidden until it is whole. */
export interface OpenFile {
  /** Which insert writes it. */
  readonly sink: string
  /** Where it lies while it is hidden, and where when it is whole. */
  readonly hiddenPath: string
  readonly path: string
  /** The folders of its partition, below the table's; empty without any. */
  readonly partition: string
  readonly bytes: number
  readonly openedMs: number
  readonly writtenMs: number
}

/** Totals over the job's whole life. recordsIn = kept + filtered + late. */
export interface Totals {
  readonly recordsIn: number
  readonly recordsOut: number
  readonly late: number
  readonly skipped: number
}

/** A record that is to be published. */
export interface OutboxRecord {
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  /** Absent: that of its part. */
  readonly timestampMs?: number
  readonly headers?: readonly OutboxHeader[]
}

export interface OutboxHeader {
  readonly key: string
  readonly value: Uint8Array | null
}

/** Records for one partition, in order. */
export interface OutboxPart {
  readonly topic: string
  readonly partition: number
  readonly timestampMs: number
  readonly records: readonly OutboxRecord[]
  /** Where it goes into a file, and not to a topic: its records are bytes of the file. */
  readonly file?: FilePart
}

/** Bytes for a file from a place on, behind which it is cut. */
export interface FilePart {
  readonly hiddenPath: string
  readonly offset: number
  /** Set where the file is whole with them: its name from then on. */
  readonly path?: string
}

/**
 * One step, whole: the positions after it, what it changed, what it emits. `epoch` counts steps
 * from 1 and has no gaps in a journal.
 */
export interface StepEntry {
  readonly epoch: number
  readonly positions: readonly SourcePosition[]
  readonly totals: Totals
  readonly changes: readonly StateChange[]
  readonly outbox: readonly OutboxPart[]
  /** The files that sinks have begun, after the step. */
  readonly openFiles: readonly OpenFile[]
}

interface Head {
  epoch: number
  positions: readonly SourcePosition[]
  totals: Totals
  /** Lengths of the blobs; null where there is none. */
  changes: {
    state: string
    closedThroughMs?: number
    rows: number | null
    removed: number | null
  }[]
  outbox: {
    topic: string
    partition: number
    timestampMs: number
    bytes: number
    count: number
    /** Of each record, where any has one of its own; null where it has none. */
    timestamps?: (number | null)[]
    /** Of each record, where any has some: names, and values in base64. */
    headers?: (readonly [key: string, value: string | null])[][]
    file?: FilePart
  }[]
  /** Absent where it was written before there were any. */
  openFiles?: readonly OpenFile[]
}

/** The bytes of an entry, one part after another; they hold until what it tells of changes. */
export function entryParts(entry: StepEntry): Uint8Array[] {
  const blobs: Uint8Array[] = []
  const lengthOf = (batch: ColumnBatch | undefined) => {
    if (batch === undefined) return null
    const parts = batchParts(batch)
    blobs.push(...parts)
    return lengthInAll(parts)
  }
  const changes = entry.changes.map(({ rows, removed, places: _, ...change }) => {
    return { ...change, rows: lengthOf(rows), removed: lengthOf(removed) }
  })
  const outbox = entry.outbox.map(({ topic, partition, timestampMs, records, file }) => {
    const blob = writeRecords(records)
    blobs.push(blob)
    const isTimed = records.some((record) => record.timestampMs !== undefined)
    const timestamps = records.map((record) => record.timestampMs ?? null)
    const part = { topic, partition, timestampMs, bytes: blob.length, count: records.length }
    const hasHeaders = records.some((record) => record.headers !== undefined)
    const headers = records.map((record) => (record.headers ?? []).map(headerText))
    return {
      ...part,
      ...(isTimed && { timestamps }),
      ...(hasHeaders && { headers }),
      ...(file && { file }),
    }
  })
  const { epoch, positions, totals, openFiles } = entry
  const head = Buffer.from(JSON.stringify({ epoch, positions, totals, changes, outbox, openFiles }))
  const length = Buffer.alloc(4)
  length.writeUInt32LE(head.length)
  return [length, head, ...blobs]
}

/** Bytes of parts that lie one after another. */
export function lengthInAll(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, part) => sum + part.length, 0)
}

/** What `entryParts` gave, in one piece; `stateOf` gives the schema of a state's rows. */
export function readEntry(
  bytes: Buffer,
  stateOf: (name: string) => Pick<OperatorState, 'fields' | 'keyFields'>,
): StepEntry {
  const headEnd = 4 + bytes.readUInt32LE(0)
  const head: Head = JSON.parse(bytes.toString('utf8', 4, headEnd))
  let at = headEnd
  const take = (length: number) => {
    at += length
    return bytes.subarray(at - length, at)
  }
  const changes = head.changes.map(({ rows, removed, ...change }): StateChange => {
    const { fields, keyFields } = stateOf(change.state)
    return {
      ...change,
      ...(rows !== null && { rows: readBatch(fields, take(rows)) }),
      ...(removed !== null && { removed: readBatch(keyFields, take(removed)) }),
    }
  })
  const outbox = head.outbox.map(({ bytes: length, count, timestamps, headers, ...part }) => ({
    ...part,
    records: withHeaders(withTimestamps(readRecords(take(length), count), timestamps), headers),
  }))
  const { epoch, positions, totals, openFiles = [] } = head
  return { epoch, positions, totals, changes, outbox, openFiles }
}

function withTimestamps(
  records: OutboxRecord[],
  timestamps: readonly (number | null)[] | undefined,
): OutboxRecord[] {
  if (timestamps === undefined) return records
  return records.map((record, index) => {
    const timestampMs = timestamps[index] ?? null
    return timestampMs === null ? record : { ...record, timestampMs }
  })
}

function headerText({ key, value }: OutboxHeader) {
  return [key, value === null ? null : Buffer.from(value).toString('base64')] as const
}

function withHeaders(
  records: OutboxRecord[],
  headers: Head['outbox'][number]['headers'],
): OutboxRecord[] {
  if (headers === undefined) return records
  return records.map((record, index) => ({
    ...record,
    headers: (headers[index] ?? []).map(([key, value]) => ({
      key,
      value: value === null ? null : Buffer.from(value, 'base64'),
    })),
  }))
}

/** Per record the lengths of key and value (-1 for null), then their bytes. */
function writeRecords(records: readonly OutboxRecord[]): Buffer {
  const lengths = Buffer.alloc(records.length * 8)
  const parts: Uint8Array[] = [lengths]
  records.forEach(({ key, value }, index) => {
    lengths.writeInt32LE(key?.length ?? -1, index * 8)
    lengths.writeInt32LE(value?.length ?? -1, index * 8 + 4)
    if (key !== null) parts.push(key)
    if (value !== null) parts.push(value)
  })
  return Buffer.concat(parts)
}

function readRecords(bytes: Buffer, count: number): OutboxRecord[] {
  let at = count * 8
  const take = (length: number) => {
    if (length < 0) return null
    at += length
    return bytes.subarray(at - length, at)
  }
  const records: OutboxRecord[] = []
  for (let i = 0; i < count; i++) {
    const key = take(bytes.readInt32LE(i * 8))
    records.push({ key, value: take(bytes.readInt32LE(i * 8 + 4)) })
  }
  return records
}
