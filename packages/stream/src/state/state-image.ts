import type { FrozenPages, PagedMemory, PagesImage } from './paged-memory.js'
import type { Extent, Pieces } from './pieces.js'
import type { FrozenRows, RowsImage } from './stored-rows.js'

/** What a manifest says of one state: where its memory lies, and the numbers beside it. */
export interface StateImage {
  /** How the memory is laid out. A state of another layout takes the rows and not the memory. */
  readonly layout: Layout
  readonly numbers: Readonly<Record<string, number>>
  readonly memory: Readonly<Record<string, PagesImage>>
  readonly rows: readonly RowsImage[]
}

export type Layout = 'table' | 'appended' | 'panes'

/** A state as it was when a snapshot began, while that is written. */
export interface FrozenState {
  /** Writes some of what is left; gives the bytes, 0 where nothing is. */
  write(): number
  /** Where all of it lies, once nothing is left. */
  image(): StateImage
}

/** Memories by their names, with the places that each has now. */
export type Memories = Readonly<Record<string, readonly [memory: PagedMemory, places: number]>>

/** Freezes what a state consists of. */
export function freezeState(of: {
  layout: Layout
  pieces: Pieces
  memories: Memories
  numbers: Readonly<Record<string, number>>
  rows?: readonly FrozenRows[]
}): FrozenState {
  const memories = Object.entries(of.memories).map(([name, [memory, places]]) => {
    return [name, memory.freeze(places, of.pieces)] as const
  })
  const rows = of.rows ?? []
  const waiting: (FrozenPages | FrozenRows)[] = [...memories.map(([, each]) => each), ...rows]
  // What is infinite is no JSON, and says that there was none.
  const numbers = Object.entries(of.numbers).filter(([, value]) => Number.isFinite(value))
  return {
    write() {
      for (; waiting.length > 0; waiting.shift()) {
        const bytes = waiting[0]?.write() ?? 0
        if (bytes > 0) return bytes
      }
      return 0
    },
    image: () => ({
      layout: of.layout,
      numbers: Object.fromEntries(numbers),
      memory: Object.fromEntries(memories.map(([name, frozen]) => [name, frozen.image()])),
      rows: rows.map((frozen) => frozen.image()),
    }),
  }
}

/** The same with more numbers, of what lies around a table. */
export function withNumbers(
  frozen: FrozenState,
  more: Readonly<Record<string, number>>,
): FrozenState {
  const finite = Object.entries(more).filter(([, value]) => Number.isFinite(value))
  return {
    write: () => frozen.write(),
    image: () => {
      const image = frozen.image()
      return { ...image, numbers: { ...image.numbers, ...Object.fromEntries(finite) } }
    },
  }
}

/** A number of an image, which must have it. */
export function numberOf({ numbers }: StateImage, name: string): number {
  const value = numbers[name]
  if (value === undefined) throw new RangeError(`the image has no number ${name}`)
  return value
}

/** A memory of an image, which must have it. */
export function memoryOf({ memory }: StateImage, name: string): PagesImage {
  const pages = memory[name]
  if (pages === undefined) throw new RangeError(`the image has no memory ${name}`)
  return pages
}

/** Where all that images name lies. */
export function* extentsOf(images: Iterable<StateImage>): Generator<Extent> {
  for (const { memory, rows } of images) {
    for (const { pages } of Object.values(memory)) yield* pages
    for (const { runs } of rows) for (const [, extent] of runs) yield extent
  }
}
