import type { Column, ColumnValue } from '../column.js'

/** Turns values of one shape (one schema) into rows. */
export interface RowReader {
  readonly columns: readonly Column[]
  /** In the order of `columns`. Throws when the bytes are not of this shape. */
  read(payload: Buffer): ColumnValue[]
}

/** Nested values as JSON text: bytes as base64, whole numbers beyond 2^53 as strings. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value, (_name, inner: unknown) => {
    if (typeof inner === 'bigint') {
      return Number.isSafeInteger(Number(inner)) ? Number(inner) : inner.toString()
    }
    if (isBufferJson(inner)) return Buffer.from(inner.data).toString('base64')
    return inner
  })
}

/** `JSON.stringify` calls `Buffer.toJSON` before the replacer sees the buffer. */
function isBufferJson(value: unknown): value is { type: 'Buffer'; data: number[] } {
  return (
    typeof value === 'object' &&
    value !== null &&
    'type' in value &&
    value.type === 'Buffer' &&
    'data' in value &&
    Array.isArray(value.data)
  )
}
