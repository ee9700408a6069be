import {
  type Alteration,
  type AlterStatement,
  type CreateTable,
  lastOf,
  type NamePath,
  notSupported,
  type Query,
  SqlError,
} from '../sql/index.js'
import { withSchemaChange } from './alter-schema.js'
import { type Catalogue, type Declared, type DeclaredView, refuseChange } from './catalogue.js'
import { isTopicTable } from './connector.js'
import type { QueryPlanner } from './query.js'
import { declareTable } from './table-declaration.js'

/**
 * ALTER TABLE and ALTER VIEW: the declaration is changed as if it had been written so.
 * @throws SqlError where there is nothing of the name, or what comes out is no table.
 */
export function alter(
  statement: AlterStatement,
  catalogue: Catalogue,
  planner: QueryPlanner,
  defaults: Readonly<Record<string, string>>,
): void {
  const { object, ifExists, name, change } = statement
  const found = catalogue.find(name)
  if (found === undefined) {
    if (ifExists) return
    throw catalogue.unknown(name)
  }
  refuseChange(found, name)
  const { at, text } = lastOf(name)
  if (found.kind !== object.toLowerCase()) {
    const hint = `write ALTER ${found.kind.toUpperCase()}`
    throw new SqlError(`\`${text}\` is a ${found.kind}`, at, hint)
  }
  if (found.temporary) {
    const what = `ALTER of a temporary ${found.kind}`
    throw notSupported(what, at, 'drop it, and declare it anew')
  }
  if (change.kind === 'rename') {
    catalogue.rename(found, change.to)
    catalogue.declare(renamed(found, change.to, defaults))
    return
  }
  if (found.kind === 'view') {
    if (change.kind === 'replaceQuery') replaceQuery(found, change.query, catalogue, planner)
    return
  }
  const altered = withChange(found.statement, change)
  catalogue.declare({ ...found, statement: altered, table: declareTable(altered, defaults) })
}

/** A topic that has the name of its table keeps it. */
function renamed(
  found: Declared,
  to: NamePath,
  defaults: Readonly<Record<string, string>>,
): Declared {
  if (found.kind === 'view') return { ...found, statement: { ...found.statement, name: to } }
  const { name, options } = found.statement
  const { at, text } = lastOf(name)
  const isNamed = !isTopicTable(found.table) || options.some(({ key }) => key === 'topic')
  const topic = { key: 'topic', keyAt: at, value: text, valueAt: at }
  const statement = {
    ...found.statement,
    name: to,
    options: isNamed ? options : [...options, topic],
  }
  return { ...found, statement, table: declareTable(statement, defaults) }
}

/** The view has the columns of its new query, whose names are looked for where this is written. */
function replaceQuery(
  found: DeclaredView,
  query: Query,
  catalogue: Catalogue,
  planner: QueryPlanner,
): void {
  const statement = { ...found.statement, columns: [], query }
  const view: DeclaredView = { ...found, statement, within: catalogue.catalogs.current }
  catalogue.declare(view)
  // It must not read itself: that is found once it is there.
  planner.planView(view, lastOf(statement.name))
}

function withChange(table: CreateTable, change: Alteration): CreateTable {
  switch (change.kind) {
    case 'setOptions': {
      const keys = new Set(change.options.map(({ key }) => key))
      const kept = table.options.filter(({ key }) => !keys.has(key))
      return { ...table, options: [...kept, ...change.options] }
    }
    case 'resetOptions': {
      const keys = new Set(change.keys.map(({ key }) => key))
      return { ...table, options: table.options.filter(({ key }) => !keys.has(key)) }
    }
    case 'rename':
    case 'replaceQuery':
      return table
    default:
      return withSchemaChange(table, change)
  }
}
