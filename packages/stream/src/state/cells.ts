import type { DataType } from '../plan/type.js'
import { type Column, FixedColumn } from './column.js'
import { HeapCells } from './heap-cells.js'
import { laneOf } from './lane.js'
import type { Lane, PagedMemory } from './paged-memory.js'
import { storageOf } from './storage.js'

/**
 * The values of one field of a table's rows, each of which may be replaced: a column that grows
 * only at its end would be no use there. A place that was never set holds NULL.
 */
export interface Cells {
  /** Puts a value of a batch at a place. */
  set(place: number, source: Column, row: number): void
  /** Puts the values of a batch's rows at these places, one after another. */
  setAll(places: Int32Array, source: Column): void
  /** Whether the place holds what the batch has there; NULL is equal to NULL. */
  equals(place: number, source: Column, row: number): boolean
  /** Adds the values of these places to a column of the same storage; NULL for a place of -1. */
  gather(places: Int32Array, count: number, target: Column): void
  /** A value of 8 bytes as a number, exact up to 2^53; NULL must not be there. */
  numberAt(place: number): number
  /** Gives back what the place holds in memory. */
  clear(place: number): void
  reserve(places: number): void
  /** What lies at each place, whose owner says what he touches. */
  readonly lanes: readonly Lane[]
  readonly sizeBytes: number
}

/** `owner` is the memory that the places are of. */
export function createCells(type: DataType, owner: PagedMemory): Cells {
  const storage = storageOf(type)
  if (storage.kind === 'bytes') return new HeapCells(owner)
  const isOfFloats = type.kind === 'float' || type.kind === 'double'
  return isOfFloats ? new FloatCells(storage.width) : new FixedCells(storage.width)
}

/** Values of one width, as words of 4 bytes where that divides the width. */
class FixedCells implements Cells {
  readonly #width: number
  /** Words of a value; 0 for values of 1 or 2 bytes, which `#bytes` moves. */
  readonly #words: number
  #bytes = new Uint8Array(0)
  #int32 = new Int32Array(0)
  /** One byte a place: 1 where it holds a value. */
  #valid = new Uint8Array(0)
  readonly lanes: readonly Lane[]

  constructor(width: number) {
    this.#width = width
    this.#words = width >>> 2
    const reserve = (places: number) => this.reserve(places)
    this.lanes = [laneOf(() => this.#bytes, reserve, width), laneOf(() => this.#valid, reserve)]
  }

  get sizeBytes(): number {
    return this.#bytes.length + this.#valid.length
  }

  reserve(places: number): void {
    if (places <= this.#valid.length) return
    const bytes = new Uint8Array(Math.ceil((places * this.#width) / 16) * 16)
    bytes.set(this.#bytes)
    this.#bytes = bytes
    this.#int32 = new Int32Array(bytes.buffer)
    const valid = new Uint8Array(places)
    valid.set(this.#valid)
    this.#valid = valid
  }

  set(place: number, source: Column, row: number): void {
    if (!(source instanceof FixedColumn)) throw new TypeError('columns of different storage')
    if (!source.validity.isValid(row)) {
      this.clear(place)
      return
    }
    this.#valid[place] = 1
    const words = this.#words
    if (words === 0) {
      const width = this.#width
      for (let i = 0; i < width; i++) {
        this.#bytes[place * width + i] = source.bytes[row * width + i] as number
      }
      return
    }
    const [target, from] = [this.#int32, source.int32]
    for (let i = 0; i < words; i++) target[place * words + i] = from[row * words + i] as number
  }

  setAll(places: Int32Array, source: Column): void {
    if (!(source instanceof FixedColumn)) throw new TypeError('columns of different storage')
    const words = this.#words
    const hasNulls = source.validity.bits !== undefined
    if (hasNulls || (words !== 1 && words !== 2)) {
      for (let row = 0; row < places.length; row++) this.set(places[row] as number, source, row)
      return
    }
    const [valid, target, from] = [this.#valid, this.#int32, source.int32]
    for (let row = 0; row < places.length; row++) {
      const place = places[row] as number
      valid[place] = 1
      if (words === 1) target[place] = from[row] as number
      else {
        target[2 * place] = from[2 * row] as number
        target[2 * place + 1] = from[2 * row + 1] as number
      }
    }
  }

  equals(place: number, source: Column, row: number): boolean {
    if (!(source instanceof FixedColumn)) throw new TypeError('columns of different storage')
    const isValid = source.validity.isValid(row)
    if (isValid !== (this.#valid[place] === 1)) return false
    if (!isValid) return true
    const words = this.#words
    if (words === 0) {
      const width = this.#width
      for (let i = 0; i < width; i++) {
        if (this.#bytes[place * width + i] !== source.bytes[row * width + i]) return false
      }
      return true
    }
    const [left, right] = [this.#int32, source.int32]
    for (let i = 0; i < words; i++) {
      if (left[place * words + i] !== right[row * words + i]) return false
    }
    return true
  }

  gather(places: Int32Array, count: number, target: Column): void {
    if (!(target instanceof FixedColumn)) throw new TypeError('columns of different storage')
    const from = target.length
    target.extend(count)
    const { validity } = target
    const valid = this.#valid
    const isOfWords = this.#words > 0
    const each = isOfWords ? this.#words : this.#width
    const to = isOfWords ? target.int32 : target.bytes
    const own = isOfWords ? this.#int32 : this.#bytes
    let at = from * each
    for (let i = 0; i < count; i++) {
      const place = places[i] as number
      if (place < 0 || valid[place] !== 1) {
        validity.set(from + i, false)
        at += each
        continue
      }
      const first = place * each
      for (let part = 0; part < each; part++) to[at++] = own[first + part] as number
    }
  }

  numberAt(place: number): number {
    if (this.#width !== 8) throw new TypeError('the values are not of 8 bytes')
    const low = (this.#int32[place * 2] as number) >>> 0
    return (this.#int32[place * 2 + 1] as number) * 4_294_967_296 + low
  }

  /** A number that is no integer; undefined for NULL. */
  protected floatAt(place: number): number | undefined {
    if (this.#valid[place] !== 1) return undefined
    const view = new DataView(this.#bytes.buffer)
    const at = place * this.#width
    return this.#width === 8 ? view.getFloat64(at, true) : view.getFloat32(at, true)
  }

  clear(place: number): void {
    this.#valid[place] = 0
  }
}

/** Numbers that are no integers: the two zeros are one value, and so is every NaN. */
class FloatCells extends FixedCells {
  override equals(place: number, source: Column, row: number): boolean {
    if (super.equals(place, source, row)) return true
    if (!(source instanceof FixedColumn) || !source.validity.isValid(row)) return false
    const [value, other] = [this.floatAt(place), floatAt(source, row)]
    return value !== undefined && (value === other || (Number.isNaN(value) && Number.isNaN(other)))
  }
}

function floatAt({ width, float64, float32 }: FixedColumn, row: number): number | undefined {
  return width === 8 ? float64[row] : float32[row]
}
