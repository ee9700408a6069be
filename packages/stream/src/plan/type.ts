/**
 * The types of Flink SQL, as far as a plan may hold them.
 * `precision` of times is the number of fractional digits of a second, 0 to 9.
 */
export type DataType = { readonly nullable: boolean } & (
  | { readonly kind: 'boolean' | 'tinyint' | 'smallint' | 'int' | 'bigint' | 'float' | 'double' }
  | { readonly kind: 'decimal'; readonly precision: number; readonly scale: number }
  | { readonly kind: 'char' | 'varchar' | 'binary' | 'varbinary'; readonly length: number }
  | { readonly kind: 'date' }
  | { readonly kind: 'time' | 'timestamp' | 'timestampLtz'; readonly precision: number }
  /** In milliseconds, or in months: the two do not mix. */
  | { readonly kind: 'interval'; readonly unit: 'millisecond' | 'month' }
  | { readonly kind: 'array'; readonly element: DataType }
  /** Values with how often each is there. */
  | { readonly kind: 'multiset'; readonly element: DataType }
  | { readonly kind: 'map'; readonly key: DataType; readonly value: DataType }
  | { readonly kind: 'row'; readonly fields: readonly Field[] }
)

/** The length of STRING and BYTES. */
export const unboundedLength = 2_147_483_647

/** One column of a table or of what a node gives. */
export interface Field {
  readonly name: string
  readonly type: DataType
}

/** @throws RangeError where there is none. */
export function fieldAt(fields: readonly Field[], index: number): Field {
  const field = fields[index]
  if (field === undefined) throw new RangeError(`no field ${index}`)
  return field
}
