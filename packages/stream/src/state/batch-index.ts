import type { ColumnBatch } from './batch.js'
import { type FoundRows, type IsPair, withRoom } from './found-rows.js'
import { HashIndex } from './hash-index.js'
import { hasNullKey } from './null-keys.js'
import { hashRows } from './row-hash.js'
import { isSameValue } from './same-value.js'

/**
 * The rows of a batch by its first columns, for the time of one step. A row with NULL in its key is
 * found by nobody.
 */
export class BatchIndex {
  private readonly batch: ColumnBatch
  private readonly keyCount: number
  private readonly index: HashIndex
  /** The row before each with the same key, or -1. */
  private readonly earlier: Int32Array

  constructor(batch: ColumnBatch, keyCount: number) {
    this.batch = batch
    this.keyCount = keyCount
    const { rowCount, columns } = batch
    this.earlier = new Int32Array(rowCount)
    this.index = new HashIndex(rowCount >>> 1)
    const hashes = hashRows(columns, keyCount, rowCount)
    const isUnmatched = hasNullKey(columns, keyCount)
    for (let row = 0; row < rowCount; row++) {
      if (isUnmatched(row)) continue
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
  find(batch: ColumnBatch, isPair?: IsPair): FoundRows {
    const { rowCount, columns } = batch
    const hashes = hashRows(columns, this.keyCount, rowCount)
    const isUnmatched = hasNullKey(columns, this.keyCount)
    const ends = new Int32Array(rowCount)
    let places = new Int32Array(Math.max(16, rowCount))
    let count = 0
    for (let row = 0; row < rowCount; row++) {
      const hash = hashes[row] as number
      let place = isUnmatched(row)
        ? -1
        : this.index.find(hash, (other) => this.isSame(other, batch, row))
      for (; place >= 0; place = this.earlier[place] as number) {
        if (isPair !== undefined && !isPair(row, place)) continue
        if (count === places.length) places = withRoom(places)
        places[count++] = place
      }
      ends[row] = count
    }
    return { places: places.subarray(0, count), ends }
  }

  private isSame(mine: number, batch: ColumnBatch, row: number): boolean {
    for (let index = 0; index < this.keyCount; index++) {
      if (!isSameValue(this.batch.column(index), mine, batch.column(index), row)) return false
    }
    return true
  }
}
