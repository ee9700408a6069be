import { hash } from 'node:crypto'

const hashWords = 4
const bytesPerSlot = hashWords * 4 + 8
const firstSlots = 1024
/** The part of the slots that may be taken. */
const load = 0.8

/**
 * The last offset of each key, in a bounded memory: 24 bytes a key, whatever its length. A key is
 * known by 128 bits of its SHA-256, so that nobody can make two that are taken for one.
 *
 * Open addressing: a key lies in the first free slot from its own on; nothing is ever removed.
 */
export class OffsetMap {
  readonly #slotsMax: number
  #hashes = new Uint32Array(firstSlots * hashWords)
  #offsets = new Float64Array(firstSlots).fill(-1)
  #size = 0

  constructor(bytesMax: number) {
    this.#slotsMax = firstSlots
    while (this.#slotsMax * 2 * bytesPerSlot <= bytesMax) this.#slotsMax *= 2
  }

  get size(): number {
    return this.#size
  }

  /** Sets a key's offset; false where there is no room for one more. */
  set(key: Uint8Array, offset: number): boolean {
    if (this.#size >= this.#offsets.length * load) this.#grow()
    const words = wordsOf(key)
    const slot = this.#slotOf(words, 0)
    if (this.#offsets[slot] === -1) {
      if (this.#size >= this.#offsets.length * load) return false
      this.#hashes.set(words, slot * hashWords)
      this.#size++
    }
    this.#offsets[slot] = offset
    return true
  }

  /** The key's offset, -1 where it has none. */
  get(key: Uint8Array): number {
    return this.#offsets[this.#slotOf(wordsOf(key), 0)] as number
  }

  /** The slot of a hash, which are the four words of `words` from `at` on; or where it would go. */
  #slotOf(words: Uint32Array, at: number): number {
    const hashes = this.#hashes
    const mask = this.#offsets.length - 1
    let slot = (words[at] as number) & mask
    while (this.#offsets[slot] !== -1) {
      const there = slot * hashWords
      if (
        hashes[there] === words[at] &&
        hashes[there + 1] === words[at + 1] &&
        hashes[there + 2] === words[at + 2] &&
        hashes[there + 3] === words[at + 3]
      ) {
        return slot
      }
      slot = (slot + 1) & mask
    }
    return slot
  }

  #grow(): void {
    const slots = this.#offsets.length * 2
    if (slots > this.#slotsMax) return
    const hashes = this.#hashes
    const offsets = this.#offsets
    this.#hashes = new Uint32Array(slots * hashWords)
    this.#offsets = new Float64Array(slots).fill(-1)
    for (const [old, offset] of offsets.entries()) {
      if (offset === -1) continue
      const slot = this.#slotOf(hashes, old * hashWords)
      this.#hashes.set(hashes.subarray(old * hashWords, (old + 1) * hashWords), slot * hashWords)
      this.#offsets[slot] = offset
    }
  }
}

function wordsOf(key: Uint8Array): Uint32Array {
  const digest = hash('sha256', key, 'buffer')
  const words = new Uint32Array(hashWords)
  for (let word = 0; word < hashWords; word++) words[word] = digest.readUInt32LE(word * 4)
  return words
}
