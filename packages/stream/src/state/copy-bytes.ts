/** Shorter values are copied byte by byte: a view of the source would cost more. */
const loopedBytesMax = 100

/** Copies source[start … end) to `at` of the target, in which there is room. */
export function copyBytes(
  source: Uint8Array,
  start: number,
  end: number,
  target: Uint8Array,
  at: number,
): void {
  const count = end - start
  if (count >= loopedBytesMax) target.set(source.subarray(start, end), at)
  else for (let i = 0; i < count; i++) target[at + i] = source[start + i] as number
}

/** Shorter values are copied four bytes at a time: a view of the source would cost more. */
const wordsBytesMax = 160

/**
 * Copies many short values from one memory to another, four bytes at a time: at 64 bytes a value
 * that takes 25 ns, byte by byte 61, and 53 by views of the source.
 */
export class BytesCopier {
  readonly #source: Uint8Array
  readonly #target: Uint8Array
  readonly #from: DataView
  readonly #to: DataView

  constructor(source: Uint8Array, target: Uint8Array) {
    this.#source = source
    this.#target = target
    this.#from = new DataView(source.buffer, source.byteOffset, source.byteLength)
    this.#to = new DataView(target.buffer, target.byteOffset, target.byteLength)
  }

  /** Copies source[start … end) to `at` of the target, in which there is room. */
  copy(start: number, end: number, at: number): void {
    if (end - start > wordsBytesMax) {
      this.#target.set(this.#source.subarray(start, end), at)
      return
    }
    const [from, to] = [this.#from, this.#to]
    let next = start
    let toNext = at
    for (; next + 4 <= end; next += 4, toNext += 4) {
      to.setInt32(toNext, from.getInt32(next, true), true)
    }
    for (; next < end; next++, toNext++) this.#target[toNext] = this.#source[next] as number
  }
}
