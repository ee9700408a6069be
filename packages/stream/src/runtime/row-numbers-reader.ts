import type { Source } from '../operators/source.js'
import { ColumnBatch } from '../state/batch.js'
import type { SourcePosition } from '../state/entry.js'
import type { Decoded } from './decoding.js'
import type { Reader } from './reader.js'

/** The numbers from 0 on, so many of them, once: its position is how many were given. */
export class RowNumbersReader implements Reader {
  readonly source: Source
  readonly isBounded = true
  private readonly rowCount: number
  private given: number

  constructor(source: Source, rowCount: number, positions: readonly SourcePosition[]) {
    this.source = source
    this.rowCount = rowCount
    this.given = positions.find((each) => each.source === source.table.name)?.offset ?? 0
  }

  start(): void {}

  get hasBacklog(): boolean {
    return !this.isFinished
  }

  get isFinished(): boolean {
    return this.given >= this.rowCount
  }

  async take(recordsMax: number): Promise<Decoded | undefined> {
    if (this.isFinished) return undefined
    const end = Math.min(this.given + recordsMax, this.rowCount)
    const batch = rowNumbers(this.source, this.given, end)
    const records = end - this.given
    this.given = end
    return { batch, records, skipped: 0 }
  }

  observe(): void {}

  watermarkMs(): number {
    return Number.NEGATIVE_INFINITY
  }

  positions(): SourcePosition[] {
    return [{ source: this.source.table.name, topic: '', partition: 0, offset: this.given }]
  }

  lag(): number {
    return this.rowCount - this.given
  }

  async endHere(): Promise<void> {}

  async close(): Promise<void> {}
}

/** The rows from `start` to before `end`. */
export function rowNumbers(source: Source, start: number, end: number): ColumnBatch {
  const batch = new ColumnBatch(source.fields)
  const [numbers, partition] = [batch.fixed(0), batch.fixed(1)]
  for (let row = start; row < end; row++) {
    numbers.pushInt32(row)
    partition.pushInt32(0)
  }
  return batch
}
