import type { Clock, Host } from '@millrace/host'
import type { Source } from '../operators/source.js'
import { ColumnBatch } from '../state/batch.js'
import type { SourcePosition } from '../state/entry.js'
import { fieldGenerator, rowsOfSequences } from './datagen-field.js'
import type { Decoded } from './decoding.js'
import { LatestTime } from './latest-time.js'
import type { Reader } from './reader.js'

const rowsPerSecondDefault = 10_000

/**
 * Rows made up as the options of a table say, so many a second from its start on. Its position is
 * the number of rows made; a sequence goes on from there, chance begins anew. It ends after
 * `number-of-rows`, or with its shortest sequence.
 */
export class DatagenReader implements Reader {
  readonly source: Source
  private readonly clock: Clock
  private readonly fill: (batch: ColumnBatch, index: number) => void
  private readonly rowsPerMs: number
  private readonly firstRow: number
  private end: number
  private made: number
  private readonly time: LatestTime
  private startedMs: number

  constructor(host: Host, source: Source, positions: readonly SourcePosition[]) {
    const { table } = source
    this.source = source
    this.clock = host.clock
    const known = positions.find((each) => each.source === table.name)
    this.made = known?.offset ?? 0
    this.firstRow = this.made
    this.time = new LatestTime(source, positions)
    this.startedMs = host.clock.monotonic()
    const rows = table.options.get('number-of-rows')
    this.end = Math.min(
      rows === undefined ? Number.POSITIVE_INFINITY : Number(rows),
      rowsOfSequences(table),
    )
    this.rowsPerMs = Number(table.options.get('rows-per-second') ?? rowsPerSecondDefault) / 1000
    const generators = source.fields.slice(0, -1).map((field) => fieldGenerator(table, field, host))
    this.fill = (batch, index) => {
      generators.forEach((generate, place) => {
        generate(batch.column(place), index)
      })
    }
  }

  start(): void {
    this.startedMs = this.clock.monotonic()
  }

  get hasBacklog(): boolean {
    return this.due() > 0
  }

  get dependsOnTime(): boolean {
    return true
  }

  get isBounded(): boolean {
    return Number.isFinite(this.end)
  }

  get isFinished(): boolean {
    return this.made >= this.end
  }

  async take(recordsMax: number): Promise<Decoded | undefined> {
    const rows = Math.min(this.due(), recordsMax)
    if (rows <= 0) return undefined
    const batch = new ColumnBatch(this.source.fields)
    const partition = batch.fixed(batch.columns.length - 1)
    for (let row = 0; row < rows; row++) {
      this.fill(batch, this.made + row)
      partition.pushInt32(0)
    }
    this.made += rows
    return { batch, records: rows, skipped: 0 }
  }

  observe(times: ReadonlyMap<number, number>): void {
    this.time.observe(times)
  }

  watermarkMs(): number {
    return this.time.watermarkMs
  }

  positions(): SourcePosition[] {
    const source = this.source.table.name
    return [{ source, topic: '', partition: 0, offset: this.made, ...this.time.inPosition }]
  }

  lag(): number {
    return Number.isFinite(this.end) ? Math.max(this.end - this.made, 0) : this.due()
  }

  async endHere(): Promise<void> {
    this.end = Math.min(this.end, this.made)
  }

  async close(): Promise<void> {}

  /** Rows that the rate allows by now, and that are not made yet. */
  private due(): number {
    const elapsedMs = this.clock.monotonic() - this.startedMs
    const allowed = this.firstRow + Math.floor(elapsedMs * this.rowsPerMs)
    return Math.min(allowed, this.end) - this.made
  }
}
