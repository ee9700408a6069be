import type { Span } from '../source.js'
import type { Name } from './name.js'
import type { TableOption } from './statement.js'

/** One hint of a comment that begins with a plus sign: `OPTIONS('k' = 'v')`, `BROADCAST(t, u)`. */
export interface Hint {
  readonly at: Span
  /** As written; its case does not count. */
  readonly name: Name
  /** `'k' = 'v'`, each; of STATE_TTL the key is a table or its alias, the value a duration. */
  readonly options: readonly TableOption[]
  /** What stands there alone: names, mostly. */
  readonly names: readonly Name[]
}
