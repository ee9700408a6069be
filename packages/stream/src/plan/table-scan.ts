import type { NormalizeNode, ScanNode } from './node.js'
import { isProcessingTime } from './processing-time.js'
import { type Relation, relationOf, type ScopeColumn } from './scope.js'
import { sourceChangelogOf } from './source-changelog.js'
import type { TableDefinition } from './table.js'

/** The rows of a table as a query sees them: of one that tells them by key their changes. */
export function tableRelation(table: TableDefinition): Relation {
  const scan = scanOf(table)
  const { columns } = relationOf(scan, table.columns, table.watermark?.column)
  return {
    node: sourceChangelogOf(table) === 'upsert' ? latestByKey(scan) : scan,
    columns: columns.map((column, index): ScopeColumn => {
      const { expression, hidden } = table.columns[index] ?? {}
      const isTime = expression !== undefined && isProcessingTime(expression)
      return { ...column, ...(isTime && { proctime: true }), ...(hidden && { hidden }) }
    }),
  }
}

function latestByKey(scan: ScanNode): NormalizeNode {
  const { fields, table } = scan
  const keys = table.primaryKey.map((name) => fields.findIndex((field) => field.name === name))
  return { kind: 'normalize', input: scan, keys, fields }
}

/** All columns of a table, computed ones too; the optimizer leaves out what is not needed. */
function scanOf(table: TableDefinition): ScanNode {
  const fields = table.columns.map(({ name, type }) => ({ name, type }))
  const { watermark } = table
  if (watermark === undefined) return { kind: 'scan', table, fields }
  const column = fields.findIndex(({ name }) => name === watermark.column)
  return { kind: 'scan', table, fields, watermark: { column, delayMs: watermark.delayMs } }
}
