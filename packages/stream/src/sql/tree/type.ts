import type { Span } from '../source.js'
import type { Name } from './name.js'

/**
 * A data type as written. `name` is upper case and canonical: INT for INTEGER, DECIMAL for DEC and
 * NUMERIC, TIMESTAMP_LTZ for TIMESTAMP WITH LOCAL TIME ZONE.
 */
export interface TypeNode {
  readonly kind: 'type'
  readonly at: Span
  readonly name: string
  /** Length, or precision and scale. */
  readonly parameters: readonly number[]
  /** Of ARRAY and MULTISET one, of MAP two. */
  readonly elements: readonly TypeNode[]
  /** Of ROW. */
  readonly fields: readonly { readonly name: Name; readonly type: TypeNode }[]
  /** False for NOT NULL. */
  readonly nullable: boolean
}
