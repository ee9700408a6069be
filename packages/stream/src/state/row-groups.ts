import { HashIndex } from './hash-index.js'
import { laneOf } from './lane.js'
import type { Lane, PagedMemory } from './paged-memory.js'

/**
 * Chains of places, from the newest of a group to its oldest; only the newest is in the index.
 * `owner` is the memory that the places are of, and knows the lanes.
 */
export class RowGroups {
  readonly index = new HashIndex()
  readonly lanes: readonly Lane[]
  readonly #owner: Pick<PagedMemory, 'touch'>
  #older = new Int32Array(0)
  #newer = new Int32Array(0)

  constructor(owner: Pick<PagedMemory, 'touch'>) {
    this.#owner = owner
    const reserve = (places: number) => this.#reserve(places)
    this.lanes = [
      ...this.index.lanes,
      laneOf(() => this.#older, reserve),
      laneOf(() => this.#newer, reserve),
    ]
  }

  get sizeBytes(): number {
    return this.index.sizeBytes + 2 * this.#older.byteLength
  }

  /** The place after this one in its chain, or -1. */
  older(place: number): number {
    return this.#older[place] as number
  }

  /** Puts a place before `newest`, the head of its group, or begins a group where that is -1. */
  add(hash: number, place: number, newest: number): void {
    this.#owner.touch(place)
    this.#older[place] = newest
    this.#newer[place] = -1
    if (newest < 0) this.index.add(hash, place)
    else {
      this.#owner.touch(newest)
      this.#newer[newest] = place
      this.index.replace(newest, place)
    }
  }

  remove(place: number): void {
    const [older, newer] = [this.#older[place] as number, this.#newer[place] as number]
    this.#owner.touch(place)
    if (older >= 0) this.#owner.touch(older)
    if (older >= 0) this.#newer[older] = newer
    if (newer >= 0) {
      this.#owner.touch(newer)
      this.#older[newer] = older
      return
    }
    if (older < 0) this.index.remove(place)
    else this.index.replace(place, older)
  }

  #reserve(places: number): void {
    if (places <= this.#older.length) return
    const grown = (from: Int32Array) => {
      const to = new Int32Array(places)
      to.set(from)
      return to
    }
    this.#older = grown(this.#older)
    this.#newer = grown(this.#newer)
  }
}
