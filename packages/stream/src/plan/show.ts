import { lastOf, type NamePath, type ShowLike, type ShowStatement, SqlError } from '../sql/index.js'
import { aggregateNames } from './aggregate-functions.js'
import type { Catalogue, Declared, DeclaredView } from './catalogue.js'
import { createTableText, createViewText, ticked } from './create-text.js'
import { describeTable, describeView } from './describe.js'
import type { FunctionCatalogue } from './function-catalogue.js'
import { callableNames } from './functions.js'
import type { Place } from './place.js'
import type { QueryPlanner } from './query.js'
import { listOf, type ResultTable, textResult } from './result-table.js'
import type { Relation } from './scope.js'

/** What SHOW answers. */
export function show(
  statement: ShowStatement,
  catalogue: Catalogue,
  planner: QueryPlanner,
  functions: FunctionCatalogue,
): ResultTable {
  const { what, of = [], like } = statement
  const { catalogs } = catalogue
  switch (what) {
    case 'CATALOGS':
      return matching(listOf('catalog name', catalogs.names), like)
    case 'CURRENT CATALOG':
      return listOf('current catalog name', [catalogs.current.catalog])
    case 'DATABASES': {
      const catalog = of[0] ?? { text: catalogs.current.catalog, at: statement.at }
      return matching(listOf('database name', catalogs.databasesOf(catalog)), like)
    }
    case 'CURRENT DATABASE':
      return listOf('current database name', [catalogs.current.database])
    case 'TABLES':
      return matching(listOf('table name', catalogue.namesIn(catalogs.place(of))), like)
    case 'VIEWS':
      return matching(listOf('view name', catalogue.viewsIn(catalogs.place(of))), like)
    case 'FUNCTIONS': {
      catalogs.place(of)
      const names = [...callableNames(), ...aggregateNames()].map((name) => name.toLowerCase())
      const all = [...new Set([...names, ...functions.names])].sort()
      return matching(listOf('function name', all), like)
    }
    case 'USER FUNCTIONS':
      catalogs.place(of)
      return matching(listOf('function name', functions.names), like)
    case 'MODULES':
      return listOf('module name', ['core'])
    case 'FULL MODULES':
      return { columns: ['module name', 'used'], rows: [['core', 'TRUE']] }
    case 'JARS':
      return listOf('jars', [])
    case 'COLUMNS':
      return matching(describe(catalogue.expect(of), planner), like)
    case 'CREATE TABLE': {
      const found = catalogue.expect(of)
      if (found.kind === 'view') throw otherKind(of, found.kind, 'SHOW CREATE VIEW')
      return textResult(createTableText(found, placeText(found.place)))
    }
    case 'CREATE VIEW': {
      const found = catalogue.expect(of)
      if (found.kind === 'table') throw otherKind(of, found.kind, 'SHOW CREATE TABLE')
      const names = relationOfView(found, planner).columns.map(({ name }) => name)
      return textResult(createViewText(found, names, placeText(found.place)))
    }
  }
}

/** What DESCRIBE answers. */
export function describe(found: Declared, planner: QueryPlanner): ResultTable {
  if (found.kind === 'table') return describeTable(found)
  return describeView(relationOfView(found, planner))
}

function relationOfView(view: DeclaredView, planner: QueryPlanner): Relation {
  return planner.planView(view, lastOf(view.statement.name))
}

function placeText({ catalog, database }: Place): string {
  return `${ticked(catalog)}.${ticked(database)}.`
}

function otherKind(path: NamePath, kind: string, hint: string): SqlError {
  const { at, text } = lastOf(path)
  return new SqlError(`\`${text}\` is a ${kind}`, at, `write ${hint}`)
}

/** The rows whose first column is like the pattern. */
function matching(table: ResultTable, like: ShowLike | undefined): ResultTable {
  if (like === undefined) return table
  const pattern = new RegExp(`^${patternOf(like.pattern)}$`, like.ignoresCase ? 'isu' : 'su')
  const rows = table.rows.filter(([name]) => pattern.test(name ?? '') !== like.negated)
  return { ...table, rows }
}

/** `%` and `_` of LIKE; a backslash takes the meaning from what follows. */
function patternOf(like: string): string {
  return like.replace(/\\(.)|[%_]|[.*+?^${}()|[\]\\/-]/gsu, (text, escaped?: string) => {
    if (escaped !== undefined) return escaped.replace(/[.*+?^${}()|[\]\\/]/u, '\\$&')
    if (text === '%') return '.*'
    return text === '_' ? '.' : `\\${text}`
  })
}
