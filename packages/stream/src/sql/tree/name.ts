import type { Span } from '../source.js'

/** An identifier, without backticks. Flink's identifiers keep their case, and it counts. */
export interface Name {
  readonly text: string
  readonly at: Span
}

/** `a`, `a.b`, `a.b.c`: never empty. */
export type NamePath = readonly Name[]

/** The last part of a path. */
export function lastOf(path: NamePath): Name {
  const last = path.at(-1)
  if (last === undefined) throw new Error('a name path is never empty')
  return last
}
