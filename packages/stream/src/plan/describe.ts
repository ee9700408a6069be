import { textOf } from '../sql/index.js'
import type { DeclaredTable } from './catalogue.js'
import { isProcessingTime } from './processing-time.js'
import type { ResultTable } from './result-table.js'
import type { Relation } from './scope.js'
import type { TableColumn } from './table.js'
import type { DataType } from './type.js'
import { baseName } from './type-name.js'

const columns = ['name', 'type', 'null', 'key', 'extras', 'watermark']

/** The columns of a table, as DESCRIBE shows them; comments where there is one. */
export function describeTable({ statement, table }: DeclaredTable): ResultTable {
  const comments = new Map(statement.columns.map(({ name, comment }) => [name.text, comment]))
  const hasComments = statement.columns.some(({ comment }) => comment !== undefined)
  const key = table.primaryKey.length === 0 ? null : `PRI(${table.primaryKey.join(', ')})`
  const watermark = statement.watermarks[0]
  const rows = table.columns.map((column): (string | null)[] => {
    const isTime = column.name === table.watermark?.column
    const row = [
      column.name,
      typeText(column, isTime),
      nullText(column.type),
      table.primaryKey.includes(column.name) ? key : null,
      extrasOf(column, statement),
      isTime && watermark !== undefined ? textOf(watermark.expression.at) : null,
    ]
    return hasComments ? [...row, comments.get(column.name) ?? null] : row
  })
  return { columns: hasComments ? [...columns, 'comment'] : columns, rows }
}

/** The columns of a view. */
export function describeView({ columns: given }: Relation): ResultTable {
  const rows = given.map(({ name, type, rowtime, proctime }) => {
    const time = rowtime ? ' *ROWTIME*' : proctime ? ' *PROCTIME*' : ''
    return [name, `${baseName(type)}${time}`, nullText(type), null, null, null]
  })
  return { columns, rows }
}

function typeText({ type, expression }: TableColumn, isRowTime: boolean): string {
  if (isRowTime) return `${baseName(type)} *ROWTIME*`
  const isTime = expression !== undefined && isProcessingTime(expression)
  return isTime ? `${baseName(type)} *PROCTIME*` : baseName(type)
}

function nullText({ nullable }: DataType): string {
  return nullable ? 'TRUE' : 'FALSE'
}

function extrasOf({ name }: TableColumn, statement: DeclaredTable['statement']): string | null {
  const column = statement.columns.find((each) => each.name.text === name)
  if (column?.kind === 'computed') return `AS ${textOf(column.expression.at)}`
  if (column?.kind !== 'metadata') return null
  const from = column.key === undefined ? '' : ` FROM '${column.key}'`
  return `METADATA${from}${column.virtual ? ' VIRTUAL' : ''}`
}
