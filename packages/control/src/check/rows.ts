import type { DataType, Field } from '@millrace/stream'

export type Row = Record<string, unknown>

/** How the rows of one table differ from those that a test expects, a line each; empty: not. */
export function rowDifferences(
  fields: readonly Field[],
  key: readonly string[],
  expected: readonly Row[],
  actual: readonly Row[],
): string[] {
  const unknown = expected.flatMap((row) =>
    Object.keys(row).filter((name) => !fields.some((field) => field.name === name)),
  )
  if (unknown.length > 0)
    return [`expects the column \`${unknown[0]}\`, which the table does not have`]

  const left = [...actual]
  const lines: string[] = []
  for (const row of expected) {
    const exact = left.findIndex((each) => differingFields(fields, row, each).length === 0)
    if (exact >= 0) {
      left.splice(exact, 1)
      continue
    }
    const near = left.findIndex((each) => sameKey(fields, key, row, each))
    const [found] = near >= 0 ? left.splice(near, 1) : []
    if (found === undefined) {
      lines.push(`missing    ${rowText(fields, row)}`)
      continue
    }
    const place = key.map((name) => `${name}: ${valueText(fields, name, row)}`).join(', ')
    for (const { name } of differingFields(fields, row, found)) {
      const [is, should] = [valueText(fields, name, found), valueText(fields, name, row)]
      lines.push(`different  { ${place} }  ${name} is ${is}, expected ${should}`)
    }
  }
  for (const row of left) lines.push(`too many   ${rowText(fields, row)}`)
  return lines
}

/** Columns that the expected row leaves out may hold anything. */
function differingFields(fields: readonly Field[], expected: Row, actual: Row): Field[] {
  return fields.filter(
    ({ name, type }) =>
      name in expected && canonical(expected[name], type) !== canonical(actual[name], type),
  )
}

function sameKey(fields: readonly Field[], key: readonly string[], a: Row, b: Row): boolean {
  return (
    key.length > 0 && key.every((name) => valueText(fields, name, a) === valueText(fields, name, b))
  )
}

function rowText(fields: readonly Field[], row: Row): string {
  const cells = fields
    .filter(({ name }) => name in row)
    .map(({ name }) => `${name}: ${valueText(fields, name, row)}`)
  return `{ ${cells.join(', ')} }`
}

function valueText(fields: readonly Field[], name: string, row: Row): string {
  const type = fields.find((field) => field.name === name)?.type
  return type === undefined ? String(row[name]) : canonical(row[name], type)
}

/** One text for all the ways in which a value of the type may be written. */
function canonical(value: unknown, type: DataType): string {
  if (value === null || value === undefined) return 'NULL'
  switch (type.kind) {
    case 'tinyint':
    case 'smallint':
    case 'int':
    case 'bigint':
      return wholeText(value)
    case 'float':
    case 'double':
      return String(Number(value))
    case 'decimal':
      return decimalText(String(value), type.scale)
    case 'timestamp':
    case 'timestampLtz':
      return timeText(value)
    default:
      return typeof value === 'object' ? JSON.stringify(value) : String(value)
  }
}

function wholeText(value: unknown): string {
  const text = String(value)
  return /^[+-]?\d+$/.test(text) ? BigInt(text).toString() : text
}

/** Trailing zeros say nothing: 1 is 1.00 where the scale is 2. */
function decimalText(text: string, scale: number): string {
  const [, sign = '', whole = '', fraction = ''] = /^([+-]?)(\d*)\.?(\d*)$/.exec(text) ?? []
  if (whole === '' && fraction === '') return text
  const digits = fraction.replace(/0+$/, '').padEnd(scale, '0')
  return `${sign === '-' ? '-' : ''}${whole === '' ? '0' : whole}${digits === '' ? '' : `.${digits}`}`
}

/** Times without a zone are in UTC, as the pipeline's own are. */
function timeText(value: unknown): string {
  if (value instanceof Date) return value.toISOString()
  if (typeof value === 'number' || typeof value === 'bigint') {
    return new Date(Number(value)).toISOString()
  }
  const text = String(value).trim().replace(' ', 'T')
  const time = Date.parse(/(Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text}Z`)
  return Number.isNaN(time) ? String(value) : new Date(time).toISOString()
}
