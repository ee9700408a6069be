import type { TableExpression } from '../sql/index.js'

/** The names by which a FROM knows its tables, from left to right. */
export function tableNamesIn(from: TableExpression | undefined): readonly string[] {
  if (from === undefined) return []
  if (from.kind === 'join') return [...tableNamesIn(from.left), ...tableNamesIn(from.right)]
  const name = tableNameOf(from)
  return name === undefined ? [] : [name]
}

/** The alias of a table, or its own name; undefined for what has none. */
export function tableNameOf(table: TableExpression): string | undefined {
  switch (table.kind) {
    case 'tableName':
      return table.alias?.name.text ?? table.path.at(-1)?.text
    case 'derivedTable':
    case 'tableFunction':
      return table.alias?.name.text
    default:
      return undefined
  }
}
