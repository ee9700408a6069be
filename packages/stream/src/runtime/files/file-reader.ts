import path from 'node:path'
import type { Clock, Disk, Host } from '@millrace/host'
import { DecodeError, FormatError } from '../../formats/errors.js'
import { type FileDecoding, fileDecoding, withoutLineEnd } from '../../formats/file-format.js'
import { repairText } from '../../formats/valid-text.js'
import type { Source } from '../../operators/source.js'
import { durationMs } from '../../plan/duration.js'
import { ColumnBatch } from '../../state/batch.js'
import type { SourcePosition } from '../../state/entry.js'
import type { Decoded } from '../decoding.js'
import { JobError } from '../errors.js'
import { LatestTime } from '../latest-time.js'
import type { Reader } from '../reader.js'
import { FileColumns } from './file-columns.js'
import { filesOf, type ListedFile, rootOf } from './file-list.js'
import { FileRecords } from './file-records.js'

/**
 * The files of a table, one after another in the order of their paths, record by record. Its
 * positions are a byte in the file that is being read and the files that were read to their end:
 * each file is read once, as it is when its turn comes. With `source.monitor-interval` the folder is
 * looked at again and again for files that are new, which has no end; without, the files that are
 * there when the job starts are all.
 */
export class FileReader implements Reader {
  readonly source: Source
  private readonly disk: Disk
  private readonly clock: Clock
  private readonly root: string
  private readonly intervalMs: number | undefined
  /** Where reading goes on, or `isRead`, by file. */
  private readonly known = new Map<string, { offset: number; isRead: boolean }>()
  private waiting: ListedFile[] = []
  private current: { listed: ListedFile; records: FileRecords } | undefined
  private readonly time: LatestTime
  private lookedAtMs = Number.NEGATIVE_INFINITY
  private isEnding = false

  constructor(host: Host, source: Source, positions: readonly SourcePosition[]) {
    const { options, name } = source.table
    this.source = source
    this.disk = host.disk
    this.clock = host.clock
    this.root = rootOf(source.table)
    const interval = options.get('source.monitor-interval')
    this.intervalMs = interval === undefined ? undefined : durationMs(interval)
    this.time = new LatestTime(source, positions)
    for (const { source: table, file, offset, isRead = false } of positions) {
      if (table === name && file !== undefined) this.known.set(file, { offset, isRead })
    }
    if (this.intervalMs === undefined && this.disk.kind(this.root) === undefined) {
      const place = path.resolve(this.root)
      throw new JobError('FILE_MISSING', `table ${name}: there is no ${place}`)
    }
    this.lookForFiles()
  }

  start(): void {}

  get hasBacklog(): boolean {
    const isDue =
      this.intervalMs !== undefined &&
      !this.isEnding &&
      this.clock.monotonic() - this.lookedAtMs >= this.intervalMs
    if (isDue) this.lookForFiles()
    return this.current !== undefined || this.waiting.length > 0
  }

  get dependsOnTime(): boolean {
    return this.intervalMs !== undefined
  }

  get isBounded(): boolean {
    return this.intervalMs === undefined || this.isEnding
  }

  get isFinished(): boolean {
    return this.isBounded && this.current === undefined && this.waiting.length === 0
  }

  async take(recordsMax: number): Promise<Decoded | undefined> {
    if (!this.hasBacklog) return undefined
    const batch = new ColumnBatch(this.source.fields)
    const decoding = fileDecoding(this.source.table, batch)
    const columns = new FileColumns(this.source.table, batch, this.disk)
    const counts = { records: 0, skipped: 0 }
    while (counts.records < recordsMax) {
      this.current ??= this.nextFile()
      if (this.current === undefined) break
      const { listed, records } = this.current
      columns.begin(listed, records.sizeBytes)
      while (counts.records < recordsMax && this.takeRecord(decoding, batch, columns, counts)) {}
      const isRead = records.isAtEnd
      this.known.set(listed.file, { offset: records.offset, isRead })
      if (isRead) this.current = undefined
    }
    repairText(batch)
    return { batch, ...counts }
  }

  observe(times: ReadonlyMap<number, number>): void {
    this.time.observe(times)
  }

  watermarkMs(): number {
    return this.time.watermarkMs
  }

  positions(): SourcePosition[] {
    return [...this.known].map(([file, { offset, isRead }]) => ({
      source: this.source.table.name,
      topic: '',
      partition: 0,
      offset,
      ...this.time.inPosition,
      file,
      ...(isRead && { isRead }),
    }))
  }

  /** Files that are not read to their end: how many records they have nobody knows yet. */
  lag(): number {
    return this.waiting.length + (this.current === undefined ? 0 : 1)
  }

  async endHere(): Promise<void> {
    if (!this.isBounded) this.lookForFiles()
    this.isEnding = true
  }

  async close(): Promise<void> {}

  /** What was read and is there no longer need not be known: it cannot come again. */
  private lookForFiles(): void {
    const listed = filesOf(this.disk, this.source.table)
    const there = new Set(listed.map(({ file }) => file))
    for (const [file, { isRead }] of this.known) {
      if (isRead && !there.has(file)) this.known.delete(file)
    }
    this.waiting = listed.filter(({ file }) => {
      return this.known.get(file)?.isRead !== true && this.current?.listed.file !== file
    })
    this.lookedAtMs = this.clock.monotonic()
  }

  private nextFile(): { listed: ListedFile; records: FileRecords } | undefined {
    const listed = this.waiting.shift()
    if (listed === undefined) return undefined
    if (/\.(gz|gzip|bz2|xz|deflate|zst)$/i.test(listed.file)) {
      const where = `table ${this.source.table.name}, file ${listed.path}`
      throw new JobError('RECORD_UNREADABLE', `${where}: compressed files cannot be read yet`)
    }
    const { findEnd } = fileDecoding(this.source.table, new ColumnBatch(this.source.fields))
    const offset = this.known.get(listed.file)?.offset ?? 0
    return { listed, records: new FileRecords(this.disk, listed.path, offset, findEnd) }
  }

  private takeRecord(
    { decoder, isNothing }: FileDecoding,
    batch: ColumnBatch,
    columns: FileColumns,
    counts: { records: number; skipped: number },
  ): boolean {
    const { current } = this
    if (current === undefined) return false
    const rows = batch.rowCount
    return current.records.next((bytes, start, end) => {
      if (isNothing?.(bytes, start, end)) return
      counts.records++
      try {
        if (decoder.decode(bytes, start, withoutLineEnd(bytes, start, end))) {
          columns.push()
          return
        }
      } catch (error) {
        if (!(error instanceof DecodeError) && !(error instanceof FormatError)) throw error
        throw new JobError(
          'RECORD_UNREADABLE',
          `file ${current.listed.path}, byte ${current.records.offset}: ${error.message}`,
          { cause: error },
        )
      }
      counts.skipped++
      batch.truncate(rows)
    })
  }
}
