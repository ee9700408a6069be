/**
 * A function that DuckDB has not, or not as Flink has it, computed in JavaScript. It is called for
 * each row of a vector, with values of the kinds it declares; DuckDB casts what a rule gives it.
 */
export interface ScalarFunction {
  /** In DuckDB; no function of DuckDB's own has it. */
  readonly name: string
  readonly parameters: readonly ValueKind[]
  /** More arguments of this kind may follow. */
  readonly more?: ValueKind
  readonly result: ValueKind
  /** Called for rows with NULL arguments too; otherwise the result is NULL. */
  readonly takesNull: boolean
  /** Its value may be another one for the same arguments. */
  readonly volatile?: boolean
  /** May throw a `ScalarError`, which fails the step. */
  readonly compute: (...values: readonly (Value | null)[]) => Value | null
}

/** The kinds of values, and what each is in JavaScript. */
export interface ValueOf {
  /** VARCHAR. */
  text: string
  /** INTEGER. */
  int: number
  /** BIGINT. */
  bigint: bigint
  /** DOUBLE. */
  double: number
  boolean: boolean
  /** BLOB. */
  bytes: Uint8Array
}

export type ValueKind = keyof ValueOf
export type Value = ValueOf[ValueKind]

type ValuesOf<P extends readonly ValueKind[]> = { -readonly [K in keyof P]: ValueOf[P[K]] }
type NullableOf<P extends readonly ValueKind[]> = {
  -readonly [K in keyof P]: ValueOf[P[K]] | null
}

/** Why a row cannot be computed: the job fails with it, as it does in Flink. */
export class ScalarError extends Error {}

/** A function that is NULL where an argument is. */
export function scalar<const P extends readonly ValueKind[], R extends ValueKind>(
  name: string,
  parameters: P,
  result: R,
  compute: (...values: ValuesOf<P>) => ValueOf[R] | null,
): ScalarFunction {
  return {
    name: nameInDuckdb(name),
    parameters,
    result,
    takesNull: false,
    // The registry hands over values of the declared kinds, none of them NULL.
    compute: compute as ScalarFunction['compute'],
  }
}

/** A function that sees NULLs, and any number of further arguments of the kind `more`. */
export function scalarOfAny<
  const P extends readonly ValueKind[],
  M extends ValueKind,
  R extends ValueKind,
>(
  name: string,
  parameters: P,
  more: M,
  result: R,
  compute: (...values: [...NullableOf<P>, ...(ValueOf[M] | null)[]]) => ValueOf[R] | null,
): ScalarFunction {
  return {
    name: nameInDuckdb(name),
    parameters,
    more,
    result,
    takesNull: true,
    compute: compute as ScalarFunction['compute'],
  }
}

/** `text` as DuckDB knows it. */
export function nameInDuckdb(name: string): string {
  return `millrace_${name}`
}

/**
 * The same function, but that it keeps what it made of the last few texts: patterns and paths are
 * mostly the same in all rows.
 */
export function remembering<T>(make: (text: string) => T): (text: string) => T {
  const made = new Map<string, T>()
  return (text) => {
    const known = made.get(text)
    if (known !== undefined) return known
    const value = make(text)
    if (made.size >= rememberedMax) made.clear()
    made.set(text, value)
    return value
  }
}

const rememberedMax = 64
