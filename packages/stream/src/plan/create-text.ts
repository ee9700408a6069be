import { lastOf, textOf } from '../sql/index.js'
import type { DeclaredTable, DeclaredView } from './catalogue.js'
import type { DataType } from './type.js'
import { typeName } from './type-name.js'

/** The statement that declares the table, as SHOW CREATE TABLE shows it. */
export function createTableText({ statement, table, temporary }: DeclaredTable, place: string) {
  const written = new Map(statement.columns.map((column) => [column.name.text, column]))
  const items = table.columns.map((column) => {
    const node = written.get(column.name)
    const comment = node?.comment === undefined ? '' : ` COMMENT ${quoted(node.comment)}`
    const name = ticked(column.name)
    if (node?.kind === 'computed') return `${name} AS ${textOf(node.expression.at)}${comment}`
    const type = catalogueTypeName(column.type)
    if (node?.kind !== 'metadata') return `${name} ${type}${comment}`
    const from = node.key === undefined ? '' : ` FROM ${quoted(node.key)}`
    return `${name} ${type} METADATA${from}${node.virtual ? ' VIRTUAL' : ''}${comment}`
  })
  for (const { column, expression } of statement.watermarks) {
    const path = column.map(({ text }) => ticked(text)).join('.')
    items.push(`WATERMARK FOR ${path} AS ${textOf(expression.at)}`)
  }
  const [key] = statement.primaryKeys
  if (key !== undefined) {
    const names = key.columns.map(({ text }) => text)
    const constraint = key.name?.text ?? `PK_${names.join('_')}`
    const columns = names.map(ticked).join(', ')
    items.push(`CONSTRAINT ${ticked(constraint)} PRIMARY KEY (${columns}) NOT ENFORCED`)
  }
  const options = statement.options
    .map(({ key: name, value }) => `  ${quoted(name)} = ${quoted(value)}`)
    .sort()
  return [
    `CREATE ${temporary ? 'TEMPORARY ' : ''}TABLE ${place}${ticked(lastOf(statement.name).text)} (`,
    items.map((item) => `  ${item}`).join(',\n'),
    ')',
    ...(statement.comment === undefined ? [] : [`COMMENT ${quoted(statement.comment)}`]),
    'WITH (',
    options.join(',\n'),
    ')',
  ].join('\n')
}

/** The same for a view, with its query as it was written. */
export function createViewText(
  { statement, temporary }: DeclaredView,
  columns: readonly string[],
  place: string,
): string {
  return [
    `CREATE ${temporary ? 'TEMPORARY ' : ''}VIEW ${place}${ticked(lastOf(statement.name).text)} (`,
    columns.map((name) => `  ${ticked(name)}`).join(',\n'),
    ')',
    `AS ${textOf(statement.query.at)}`,
  ].join('\n')
}

/** A type as a catalogue of Flink keeps it: without the short names. */
function catalogueTypeName(type: DataType): string {
  const short = /`(?:[^`]|``)*`|\bSTRING\b|\bBYTES\b|\bTIMESTAMP_LTZ\((\d)\)/g
  return typeName(type).replace(short, (text, digits?: string) => {
    if (digits !== undefined) return `TIMESTAMP(${digits}) WITH LOCAL TIME ZONE`
    if (text === 'STRING') return 'VARCHAR(2147483647)'
    return text === 'BYTES' ? 'VARBINARY(2147483647)' : text
  })
}

/** In backticks. */
export function ticked(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``
}

/** In quotes. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
