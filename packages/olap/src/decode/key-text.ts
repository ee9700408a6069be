import { parseJson } from '@millrace/event'
import type { ColumnValue } from '../column.js'
import { OlapError } from '../errors.js'
import { jsonValueAs } from './json.js'
import type { KeyColumn } from './record-decoder.js'

/**
 * The values of a key's columns from a record's key that is text: a JSON object with the columns
 * as fields, or, where the key is one column, the bare value.
 */
export function keyFromText(
  key: Buffer,
  columns: readonly KeyColumn[],
): { at: number; value: ColumnValue }[] {
  const text = key.toString('utf8')
  const parsed = parseOrUndefined(text)
  if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) {
    const fields = parsed as Record<string, unknown>
    return columns.map(({ at, column }) => {
      const value = fields[column.name]
      if (value === undefined) {
        throw new OlapError('bad_record', `its key has no ${column.name}, and it has no value`)
      }
      return { at, value: jsonValueAs(value, column.type, column.name) }
    })
  }
  const [only, ...others] = columns
  if (!only || others.length > 0) {
    throw new OlapError(
      'bad_record',
      `it has no value, and its key is no JSON object with ${columns.map(({ column }) => column.name).join(', ')}`,
    )
  }
  const { at, column } = only
  const value =
    column.type.kind === 'VARCHAR' ? text : jsonValueAs(parsed ?? text, column.type, column.name)
  return [{ at, value }]
}

function parseOrUndefined(text: string): unknown {
  try {
    return parseJson(text)
  } catch {
    return undefined
  }
}
