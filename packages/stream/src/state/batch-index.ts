import type { ColumnBatch } from './batch.js'
import { HashIndex } from './hash-index.js'
import { hashRows } from './row-hash.js'
import { isSameValue } from './same-value.js'

/** The rows of a batch by its first columns, for the time of one step. */
export class BatchIndex {
  private readonly batch: ColumnBatch
  private readonly keyCount: number
  private readonly index = new HashIndex()
  /** The row before each with the same key, or -1. */
  private readonly earlier: Int32Array

  constructor(batch: ColumnBatch, keyCount: number) {
    this.batch = batch
    this.keyCount = keyCount
    const { rowCount, columns } = batch
    this.earlier = new Int32Array(rowCount)
    const hashes = hashRows(columns, keyCount, rowCount)
    for (let row = 0; row < rowCount; row++) {
      const hash = hashes[row] as number
      const latest = this.index.find(hash, (other) => this.isSame(other, batch, row))
      this.earlier[row] = latest
      if (latest >= 0) this.index.remove(latest)
      this.index.add(hash, row)
    }
  }

  /**
   * The rows with the key of each row of another batch, which begins with the same columns: those
   * of row `i` from `ends[i - 1]` to `ends[i]`.
   */
  find(batch: ColumnBatch): { places: Int32Array; ends: Int32Array } {
    const { rowCount, columns } = batch
    const hashes = hashRows(columns, this.keyCount, rowCount)
    const ends = new Int32Array(rowCount)
    const places: number[] = []
    for (let row = 0; row < rowCount; row++) {
      const hash = hashes[row] as number
      let place = this.index.find(hash, (other) => this.isSame(other, batch, row))
      for (; place >= 0; place = this.earlier[place] as number) places.push(place)
      ends[row] = places.length
    }
    return { places: Int32Array.from(places), ends }
  }

  private isSame(mine: number, batch: ColumnBatch, row: number): boolean {
    for (let index = 0; index < this.keyCount; index++) {
      if (!isSameValue(this.batch.column(index), mine, batch.column(index), row)) return false
    }
    return true
  }
}
