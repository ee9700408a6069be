import { fileEncoder } from '../../formats/file-format.js'
import type { RecordEncoder } from '../../formats/format.js'
import { durationMs } from '../../plan/duration.js'
import { pathOf } from '../../plan/filesystem-options.js'
import { memoryBytes } from '../../plan/memory-size.js'
import { storedColumns, type TableDefinition } from '../../plan/table.js'
import type { OpenFile, OutboxPart } from '../../state/entry.js'
import type { Rows } from '../../state/rows.js'
import { fileRollBytes, fileRollMs } from '../limits.js'
import { refuseNulls, type Sink, type SinkRows } from '../sink.js'
import { defaultPartitionName, folderText, partitionPath } from './partition-path.js'

const lineFeed = Buffer.from('\n')

/**
 * The files of a table, one record a line, in the folders of its partitions. A step gives out bytes
 * for hidden files from a place on (`file-publisher.ts` writes them), and says which of them are whole
 * with these and get their names. Which files are begun, and how far, is committed with the step; so
 * a job that was stopped, or died, goes on with them.
 *
 * A file is whole when it has `sink.rolling-policy.file-size` bytes, when it has been open for
 * `rollover-interval`, when nothing came for `inactivity-interval`, and when the job has read all.
 */
export class FileSink implements Sink {
  private readonly table: TableDefinition
  private readonly sink: string
  private readonly root: string
  private readonly encoder: RecordEncoder
  private readonly folders: readonly number[]
  private readonly defaultName: string
  private readonly sizeBytesMax: number
  private readonly openMsMax: number
  private readonly silentMsMax: number
  /** In the names of its files, so that no other job's are the same. */
  private readonly prefix: string
  /** By the folders of their partition. */
  private readonly open = new Map<string, OpenFile>()

  constructor(
    table: TableDefinition,
    sink: string,
    prefix: string,
    openFiles: readonly OpenFile[],
  ) {
    const { options } = table
    const duration = (key: string) =>
      durationMs(options.get(`sink.rolling-policy.${key}`) ?? '') ?? fileRollMs
    this.table = table
    this.sink = sink
    this.prefix = prefix
    this.root = (pathOf(options.get('path') ?? '') ?? '').replace(/(?<=.)\/+$/, '')
    this.encoder = fileEncoder(table)
    this.defaultName = options.get('partition.default-name') ?? defaultPartitionName
    this.sizeBytesMax =
      memoryBytes(options.get('sink.rolling-policy.file-size') ?? '') ?? fileRollBytes
    this.openMsMax = duration('rollover-interval')
    this.silentMsMax = duration('inactivity-interval')
    const names = storedColumns(table).map(({ name }) => name)
    this.folders = (table.partitionedBy ?? []).map((name) => names.indexOf(name))
    for (const each of openFiles) if (each.sink === sink) this.open.set(each.partition, each)
  }

  encode({ rows }: SinkRows, step: { epoch: number; nowMs: number }): OutboxPart[] {
    refuseNulls(rows, this.table)
    const parts: OutboxPart[] = []
    const begun = new Map<string, Uint8Array[]>()
    const end = (partition: string, isWhole: boolean) => {
      const bytes = begun.get(partition)
      if (bytes === undefined) return
      begun.delete(partition)
      parts.push(this.append(partition, Buffer.concat(bytes), step, isWhole))
    }
    const sizes = new Map<string, number>()
    for (let row = 0; row < rows.rowCount; row++) {
      const partition = this.partitionOf(rows, row)
      const record = this.encoder.encode(rows.columns, row, 0)
      const bytes = begun.get(partition) ?? []
      if (bytes.length === 0) {
        begun.set(partition, bytes)
        this.open.set(partition, this.open.get(partition) ?? this.newFile(partition, step))
        sizes.set(partition, this.open.get(partition)?.bytes ?? 0)
      }
      bytes.push(record, lineFeed)
      const size = (sizes.get(partition) ?? 0) + record.length + 1
      sizes.set(partition, size)
      if (size >= this.sizeBytesMax) end(partition, true)
    }
    for (const partition of [...begun.keys()]) end(partition, false)
    return parts
  }

  isDue(nowMs: number): boolean {
    return [...this.open.values()].some((file) => this.isWhole(file, nowMs))
  }

  finish(step: { epoch: number; nowMs: number }, isEnd: boolean): OutboxPart[] {
    const whole = [...this.open].filter(([, file]) => isEnd || this.isWhole(file, step.nowMs))
    return whole.map(([partition]) => this.append(partition, Buffer.alloc(0), step, true))
  }

  openFiles(): readonly OpenFile[] {
    return [...this.open.values()]
  }

  private isWhole({ openedMs, writtenMs }: OpenFile, nowMs: number): boolean {
    return nowMs - openedMs >= this.openMsMax || nowMs - writtenMs >= this.silentMsMax
  }

  private append(
    partition: string,
    bytes: Buffer,
    { nowMs }: { nowMs: number },
    isWhole: boolean,
  ): OutboxPart {
    const file = this.open.get(partition)
    if (file === undefined) throw new TypeError('a file that was not begun')
    if (isWhole) this.open.delete(partition)
    else this.open.set(partition, { ...file, bytes: file.bytes + bytes.length, writtenMs: nowMs })
    const { hiddenPath, path } = file
    return {
      topic: '',
      partition: 0,
      timestampMs: nowMs,
      records: [{ key: null, value: bytes }],
      file: { hiddenPath, offset: file.bytes, ...(isWhole && { path }) },
    }
  }

  private files = 0

  private newFile(partition: string, { epoch, nowMs }: { epoch: number; nowMs: number }): OpenFile {
    const name = `part-${this.prefix}-${epoch}-${this.files++}`
    const folder = partition === '' ? this.root : `${this.root}/${partition}`
    return {
      sink: this.sink,
      hiddenPath: `${folder}/.${name}.inprogress`,
      path: `${folder}/${name}`,
      partition,
      bytes: 0,
      openedMs: nowMs,
      writtenMs: nowMs,
    }
  }

  private partitionOf(rows: Rows, row: number): string {
    if (this.folders.length === 0) return ''
    const values = this.folders.map((index) => {
      const field = rows.fields[index]
      if (field === undefined) throw new RangeError(`no column ${index}`)
      return [field.name, folderText(rows.column(index), field.type, row)] as const
    })
    return partitionPath(values, this.defaultName)
  }
}
