import type { ColumnValue } from './column.js'

/** What one record does to a table: sets the row of its key, or removes it. */
export interface Change {
  readonly kind: 'set' | 'remove'
  /** Equal for equal keys only; undefined: a row beside all others. `remove` has one. */
  readonly key: string | undefined
  /** In the order of the table's columns; may be shorter (the rest is null). `remove`: only the key's columns count. */
  readonly row: readonly ColumnValue[]
}

/** Next offset to read, by partition. */
export type Positions = ReadonlyMap<number, number>

/** The text of a key. */
export function keyText(values: readonly ColumnValue[]): string {
  const texts = values.map(textOf)
  return texts.length === 1 ? String(texts[0]) : JSON.stringify(texts)
}

/** Of bytes each one: as UTF-8, all that are no text would be one. */
function textOf(value: ColumnValue): string {
  return value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : String(value)
}

/**
 * The changes of one transaction, added in the order of their offsets.
 * Of each key only the last change is kept, so that a store sees a key once.
 */
export class ChangeBatch {
  readonly #byKey = new Map<string, Change>()
  readonly #keyless: Change[] = []

  add(change: Change): void {
    if (change.key === undefined) this.#keyless.push(change)
    else this.#byKey.set(change.key, change)
  }

  get size(): number {
    return this.#keyless.length + this.#byKey.size
  }

  *changes(): Generator<Change> {
    yield* this.#byKey.values()
    yield* this.#keyless
  }
}
