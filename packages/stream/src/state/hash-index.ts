import { laneOf } from './lane.js'
import { slotPageBits } from './limits.js'
import { type Lane, PagedMemory } from './paged-memory.js'

/** 512 KiB of slots. */
const cachedSlotBits = 17
/** More parts would cost more passes than they save. */
const partsBitsMax = 5

/**
 * From hashes to places: open addressing over typed arrays, at most half full.
 *
 * Invariants: `#slots` holds place + 1, or 0 where it is free; a place stands in the first free
 * slot that was found from its hash on, and no slot between is free (`remove` moves up what
 * follows). Places with equal hashes are told apart by the caller.
 */
export class HashIndex {
  #slots: Int32Array<ArrayBuffer>
  #mask: number
  #count = 0
  /** The hash of each place that is in the index. */
  #hashes = new Int32Array(0)
  #used = new Uint8Array(0)
  #pages: PagedMemory | undefined

  /** What lies at each place: for the memory of whoever owns the places, who says what he touches. */
  readonly lanes: readonly Lane[] = [
    laneOf(
      () => this.#hashes,
      (places) => this.#growPlaces(places),
    ),
    laneOf(
      () => this.#used,
      (places) => this.#growPlaces(places),
    ),
  ]

  /** The slots as a memory that a snapshot writes; whoever asks has them written. */
  get slots(): PagedMemory {
    const lane = laneOf(
      () => this.#slots,
      () => {},
    )
    this.#pages ??= new PagedMemory([lane], slotPageBits)
    return this.#pages
  }

  get slotCount(): number {
    return this.#slots.length
  }

  /** Places in the index. */
  get count(): number {
    return this.#count
  }

  /** Makes room for slots that were stored; `slots` is filled by who calls. */
  expect(slotCount: number, count: number): void {
    this.#slots = new Int32Array(slotCount)
    this.#mask = slotCount - 1
    this.#count = count
  }

  /** `expected`: so many places are likely, that nothing has to grow for them. */
  constructor(expected = 0) {
    const slots = 2 ** Math.max(4, Math.ceil(Math.log2(2 * Math.max(1, expected))))
    this.#slots = new Int32Array(slots)
    this.#mask = slots - 1
    if (expected > 0) this.#growPlaces(expected)
  }

  get sizeBytes(): number {
    return this.#slots.byteLength + this.#hashes.byteLength + this.#used.byteLength
  }

  /** The first place with this hash for which `isSame` holds; -1 for none. */
  find(hash: number, isSame: (place: number) => boolean): number {
    const [slots, hashes, mask] = [this.#slots, this.#hashes, this.#mask]
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const place = (slots[slot] as number) - 1
      if (place < 0) return -1
      if (hashes[place] === hash && isSame(place)) return place
    }
  }

  /** Whether the place is in the index. */
  has(place: number): boolean {
    return this.#used[place] === 1
  }

  /** The place must not be in the index. */
  add(hash: number, place: number): void {
    if (place >= this.#hashes.length) this.#growPlaces(place + 1)
    this.#hashes[place] = hash
    this.#used[place] = 1
    this.#count++
    if (this.#count * 2 > this.#slots.length) this.#growSlots()
    else this.#insert(hash, place)
  }

  /** The place must be in the index. */
  remove(place: number): void {
    const [slots, mask] = [this.#slots, this.#mask]
    let free = (this.#hashes[place] as number) & mask
    while (slots[free] !== place + 1) free = (free + 1) & mask
    this.#count--
    this.#used[place] = 0
    for (let slot = (free + 1) & mask; ; slot = (slot + 1) & mask) {
      const next = (slots[slot] as number) - 1
      if (next < 0) break
      const home = (this.#hashes[next] as number) & mask
      // It may move up unless its home lies behind the free slot.
      if (((slot - home) & mask) < ((slot - free) & mask)) continue
      this.#pages?.touch(free)
      slots[free] = next + 1
      free = slot
    }
    this.#pages?.touch(free)
    slots[free] = 0
  }

  /** Puts a place where another of the same hash is, which then is in the index no more. */
  replace(place: number, by: number): void {
    if (by >= this.#hashes.length) this.#growPlaces(by + 1)
    const [slots, mask] = [this.#slots, this.#mask]
    const hash = this.#hashes[place] as number
    let slot = hash & mask
    while (slots[slot] !== place + 1) slot = (slot + 1) & mask
    this.#pages?.touch(slot)
    slots[slot] = by + 1
    this.#hashes[by] = hash
    this.#used[by] = 1
    this.#used[place] = 0
  }

  #insert(hash: number, place: number): void {
    const [slots, mask] = [this.#slots, this.#mask]
    let slot = hash & mask
    while (slots[slot] !== 0) slot = (slot + 1) & mask
    this.#pages?.touch(slot)
    slots[slot] = place + 1
  }

  /**
   * Places are gone through in their order, for their hashes lie side by side then; and of many slots
   * those of one part after another are filled, which the processor's cache holds.
   */
  #growSlots(): void {
    this.#pages?.replaced()
    const slots = new Int32Array(this.#slots.length * 2)
    const mask = slots.length - 1
    const [hashes, used] = [this.#hashes, this.#used]
    const partBits = Math.max(cachedSlotBits, Math.log2(slots.length) - partsBitsMax)
    const parts = Math.max(1, slots.length / 2 ** partBits)
    for (let part = 0; part < parts; part++) {
      for (let place = 0; place < used.length; place++) {
        let slot = (hashes[place] as number) & mask
        if (slot >>> partBits !== part || used[place] !== 1) continue
        while (slots[slot] !== 0) slot = (slot + 1) & mask
        slots[slot] = place + 1
      }
    }
    this.#slots = slots
    this.#mask = mask
  }

  #growPlaces(places: number): void {
    if (places <= this.#hashes.length) return
    const hashes = new Int32Array(Math.max(16, places, this.#hashes.length * 2))
    hashes.set(this.#hashes)
    this.#hashes = hashes
    const used = new Uint8Array(hashes.length)
    used.set(this.#used)
    this.#used = used
  }
}
