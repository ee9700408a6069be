/**
 * From hashes to places: open addressing over typed arrays, at most half full.
 *
 * Invariants: `#slots` holds place + 1, or 0 where it is free; a place stands in the first free
 * slot that was found from its hash on, and no slot between is free (`remove` moves up what
 * follows). Places with equal hashes are told apart by the caller.
 */
export class HashIndex {
  #slots = new Int32Array(16)
  #mask = 15
  #count = 0
  /** The hash of each place that is in the index. */
  #hashes = new Int32Array(0)
  #used = new Uint8Array(0)

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

  /** The hash under which the place was added. */
  hashOf(place: number): number {
    return this.#hashes[place] as number
  }

  /** The place must not be in the index. */
  add(hash: number, place: number): void {
    if (place >= this.#hashes.length) this.#growPlaces(place + 1)
    this.#hashes[place] = hash
    this.#used[place] = 1
    this.#count++
    if (this.#count * 2 > this.#slots.length) this.#growSlots()
    this.#insert(hash, place)
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
      slots[free] = next + 1
      free = slot
    }
    slots[free] = 0
  }

  #insert(hash: number, place: number): void {
    const [slots, mask] = [this.#slots, this.#mask]
    let slot = hash & mask
    while (slots[slot] !== 0) slot = (slot + 1) & mask
    slots[slot] = place + 1
  }

  #growSlots(): void {
    const before = this.#slots
    this.#slots = new Int32Array(before.length * 2)
    this.#mask = this.#slots.length - 1
    for (const slot of before) {
      if (slot > 0) this.#insert(this.#hashes[slot - 1] as number, slot - 1)
    }
  }

  #growPlaces(places: number): void {
    const hashes = new Int32Array(Math.max(16, places, this.#hashes.length * 2))
    hashes.set(this.#hashes)
    this.#hashes = hashes
    const used = new Uint8Array(hashes.length)
    used.set(this.#used)
    this.#used = used
  }
}
