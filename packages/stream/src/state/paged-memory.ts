import { undoPlacesShare } from './limits.js'
import type { Extent, Pieces, WantedExtent } from './pieces.js'

/** One array of a memory, of so many bytes a place. */
export interface Lane {
  readonly stride: number
  /** All of it, for as long as it does not grow. */
  readonly bytes: Uint8Array
  /** Makes room for so many places in all. */
  reserve(places: number): void
}

/** A memory as it lies in pieces: so many places, and where each page of them lies. */
export interface PagesImage {
  readonly places: number
  readonly pages: readonly Extent[]
}

/** A page that is the same as in the pieces. */
const clean = 0
/** A page that was changed since it was written. */
const dirty = 1
/** A page that a snapshot, which was begun, has not written yet. */
const pending = 2

/**
 * Arrays that have a value each for the same places, in pages of so many places: which of them were
 * changed since they were written, so that a snapshot writes only these, page by page, while the
 * steps go on.
 *
 * Whoever changes a place says so first (`touch`). Where its page waits to be written as it was when
 * the snapshot began, what the place held is kept beside it (`FrozenPages`), so that a step pays
 * for the rows that it changes and not for their pages.
 */
export class PagedMemory {
  readonly #bits: number
  readonly #lanes: Lane[]
  #flags = new Uint8Array(0)
  /** Where each page was written last. */
  #extents: (Extent | undefined)[] = []
  #frozen: FrozenPages | undefined

  /** Pages have 2 ** `bits` places. */
  constructor(lanes: readonly Lane[], bits: number) {
    this.#lanes = [...lanes]
    this.#bits = bits
  }

  /** Before the first place is there. */
  addLane(lane: Lane): void {
    this.#lanes.push(lane)
  }

  reserve(places: number): void {
    for (const lane of this.#lanes) lane.reserve(places)
  }

  /** Comes before each change of what is at a place. */
  touch(place: number): void {
    if (this.#flags[place >>> this.#bits] !== dirty) this.#touchPage(place >>> this.#bits, place)
  }

  /** The same for the places from `from` to `to`, the last of them not included. */
  touchRange(from: number, to: number): void {
    const size = 2 ** this.#bits
    for (let place = from; place < to; place = (Math.floor(place / size) + 1) * size) {
      this.#touchPage(Math.floor(place / size), place)
    }
  }

  /** Every place is changed; not while a snapshot is under way. */
  touchAll(): void {
    this.#flags.fill(dirty)
  }

  /** The arrays are others, with places of their own; a snapshot under way keeps those that it began with. */
  replaced(): void {
    this.#frozen?.detach()
    this.#frozen = undefined
    this.#extents = []
    this.#flags.fill(dirty)
  }

  get isFrozen(): boolean {
    return this.#frozen !== undefined
  }

  /** What a snapshot writes: the places below `places`, as they are now. One at a time. */
  freeze(places: number, pieces: Pieces): FrozenPages {
    const size = 2 ** this.#bits
    const count = Math.ceil(places / size)
    this.#growFlags(count)
    this.#flags.fill(dirty, count)
    this.#extents.length = count
    for (let page = 0; page < count; page++) {
      const extent = this.#extents[page]
      const isStored = extent !== undefined && !pieces.sparse.has(extent[0])
      if (!isStored || this.#flags[page] === dirty) this.#flags[page] = pending
    }
    this.#frozen = new FrozenPages({
      ...{ places, size, pieces, lanes: this.#lanes, flags: this.#flags, extents: this.#extents },
      onEnd: () => {
        this.#frozen = undefined
      },
    })
    return this.#frozen
  }

  /** Takes what was stored, into arrays that have room for it; `wanted` fills them. */
  restore({ places, pages }: PagesImage, wanted: WantedExtent[]): void {
    const size = 2 ** this.#bits
    this.#growFlags(pages.length)
    this.#extents = [...pages]
    this.#flags.fill(clean, 0, pages.length)
    pages.forEach((extent, page) => {
      const [from, to] = [page * size, Math.min(places, (page + 1) * size)]
      const targets = this.#lanes.map(({ bytes, stride }) => {
        return bytes.subarray(from * stride, to * stride)
      })
      wanted.push({ extent, targets })
    })
  }

  #touchPage(page: number, place: number): void {
    if (page >= this.#flags.length) this.#growFlags(page + 1)
    if (this.#flags[page] === pending) this.#frozen?.keep(place, page)
    else this.#flags[page] = dirty
  }

  #growFlags(pages: number): void {
    if (pages <= this.#flags.length) return
    const flags = new Uint8Array(Math.max(pages, this.#flags.length * 2)).fill(dirty)
    flags.set(this.#flags)
    this.#flags = flags
    this.#frozen?.moved(flags)
  }
}

/** What places of a page held when the snapshot began, the earliest first. */
interface Undo {
  readonly places: number[]
  bytes: Uint8Array
}

/**
 * A memory as it was when a snapshot began, while it is written and others go on.
 *
 * Invariant: a page that is pending, with the places that were kept of it put back from the last to
 * the first, is as it was. Arrays that grow leave the old ones behind, which is what is read here.
 */
export class FrozenPages {
  private readonly places: number
  private readonly size: number
  private readonly pieces: Pieces
  private readonly strides: readonly number[]
  private readonly arrays: readonly Uint8Array[]
  private flags: Uint8Array
  private readonly extents: (Extent | undefined)[]
  private readonly rowBytes: number
  private readonly undo = new Map<number, Undo>()
  private readonly onEnd: () => void
  private next = 0
  private isAttached = true

  constructor(of: {
    places: number
    size: number
    pieces: Pieces
    lanes: readonly Lane[]
    flags: Uint8Array
    extents: (Extent | undefined)[]
    onEnd: () => void
  }) {
    this.places = of.places
    this.size = of.size
    this.pieces = of.pieces
    this.strides = of.lanes.map(({ stride }) => stride)
    this.arrays = of.lanes.map(({ bytes }) => bytes)
    this.rowBytes = this.strides.reduce((sum, stride) => sum + stride, 0)
    this.flags = of.flags
    this.extents = of.extents
    this.onEnd = of.onEnd
  }

  /** Writes the next page that waits; gives its bytes, 0 where none is left. */
  write(): number {
    while (this.next < this.extents.length && this.flags[this.next] !== pending) this.next++
    if (this.next < this.extents.length) return this.writePage(this.next)
    if (this.isAttached) this.onEnd()
    this.isAttached = false
    return 0
  }

  /** Where all lies, once nothing is left to write. */
  image(): PagesImage {
    return { places: this.places, pages: this.extents as Extent[] }
  }

  /** Keeps what is at a place of a pending page, which is about to change. */
  keep(place: number, page: number): void {
    let undo = this.undo.get(page)
    if (undo === undefined) {
      undo = { places: [], bytes: new Uint8Array(16 * this.rowBytes) }
      this.undo.set(page, undo)
    }
    // What came later is not written, and need not be put back.
    if (place >= this.places) return
    let at = undo.places.length * this.rowBytes
    undo.places.push(place)
    if (at + this.rowBytes > undo.bytes.length) {
      const bytes = new Uint8Array(undo.bytes.length * 2)
      bytes.set(undo.bytes)
      undo.bytes = bytes
    }
    for (let lane = 0; lane < this.arrays.length; lane++) {
      const array = this.arrays[lane] as Uint8Array
      const stride = this.strides[lane] as number
      const from = place * stride
      for (let i = 0; i < stride; i++) undo.bytes[at++] = array[from + i] as number
    }
    if (undo.places.length > this.size * undoPlacesShare) this.writePage(page)
  }

  /** From now on nobody changes what is here. */
  detach(): void {
    this.isAttached = false
    this.flags = this.flags.slice()
  }

  moved(flags: Uint8Array): void {
    this.flags = flags
  }

  private writePage(page: number): number {
    const from = page * this.size
    const count = Math.min(this.places, from + this.size) - from
    const undo = this.undo.get(page)
    const extent = this.pieces.add(count * this.rowBytes, (target) => {
      let at = 0
      this.arrays.forEach((array, lane) => {
        const stride = this.strides[lane] as number
        target.set(array.subarray(from * stride, (from + count) * stride), at)
        at += count * stride
      })
      if (undo !== undefined) this.putBack(undo, target, from, count)
    })
    this.undo.delete(page)
    this.extents[page] = extent
    this.flags[page] = undo === undefined ? clean : dirty
    return extent[2]
  }

  private putBack({ places, bytes }: Undo, target: Uint8Array, from: number, count: number): void {
    for (let index = places.length - 1; index >= 0; index--) {
      const place = (places[index] as number) - from
      let at = index * this.rowBytes
      let start = 0
      for (const stride of this.strides) {
        for (let i = 0; i < stride; i++) target[start + place * stride + i] = bytes[at++] as number
        start += count * stride
      }
    }
  }
}
