import { formatDate } from '../../formats/time-text.js'
import type { DataType } from '../../plan/type.js'
import type { Column } from '../../state/column.js'

/** What a folder is called whose value is NULL or empty, where the table does not say. */
export const defaultPartitionName = '__DEFAULT_PARTITION__'

/** Characters that a folder's name does not hold as they are: those that Hive escapes. */
const escaped = /[\p{Cc}"#%'*/:=?\\{[\]^]/gu

/** `a=1/b=2`: the folders of a row that has these values. */
export function partitionPath(
  values: readonly (readonly [name: string, value: string | null])[],
  defaultName: string,
): string {
  return values
    .map(([name, value]) => {
      const text = value === null || value.trim() === '' ? defaultName : value
      return `${nameOf(name)}=${nameOf(text)}`
    })
    .join('/')
}

function nameOf(text: string): string {
  return text.replace(
    escaped,
    (each) => `%${each.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  )
}

/** The values of the folders `a=1/b=2`, in their order; undefined where these are other folders. */
export function partitionValues(
  folders: readonly string[],
  names: readonly string[],
  defaultName: string,
): (string | null)[] | undefined {
  const values = names.map((name, level) => {
    const [, key = '', text = ''] = /^([^=]+)=(.*)$/.exec(folders[level] ?? '') ?? []
    if (textOf(key) !== name) return undefined
    const value = textOf(text)
    return value === defaultName ? null : value
  })
  return values.includes(undefined) ? undefined : values.map((value) => value ?? null)
}

function textOf(text: string): string {
  return text.replace(/%([0-9a-f]{2})/gi, (_, code: string) => {
    return String.fromCharCode(Number.parseInt(code, 16))
  })
}

/** A value as its folder shows it. */
export function folderText(column: Column, type: DataType, row: number): string | null {
  if (!column.validity.isValid(row)) return null
  if (column.kind === 'bytes') return column.stringAt(row)
  if (type.kind === 'boolean') return column.int8[row] === 1 ? 'true' : 'false'
  if (type.kind === 'date') return formatDate(column.numberAt(row))
  return String(column.integerAt(row))
}
