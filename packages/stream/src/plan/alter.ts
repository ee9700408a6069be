import {
  type AlterStatement,
  type CreateTable,
  lastOf,
  type NamePath,
  notSupported,
  SqlError,
} from '../sql/index.js'
import { type Catalogue, type Declared, refuseChange } from './catalogue.js'
import { isTopicTable } from './connector.js'
import { declareTable } from './table-declaration.js'

/**
 * ALTER TABLE and ALTER VIEW: the declaration is changed as if it had been written so.
 * @throws SqlError where there is nothing of the name, or what comes out is no table.
 */
export function alter(
  statement: AlterStatement,
  catalogue: Catalogue,
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
  if (found.kind === 'view') return
  const altered = withOptions(found.statement, change)
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

function withOptions(
  table: CreateTable,
  change: Exclude<AlterStatement['change'], { kind: 'rename' }>,
): CreateTable {
  if (change.kind === 'resetOptions') {
    const keys = new Set(change.keys.map(({ key }) => key))
    return { ...table, options: table.options.filter(({ key }) => !keys.has(key)) }
  }
  const keys = new Set(change.options.map(({ key }) => key))
  const kept = table.options.filter(({ key }) => !keys.has(key))
  return { ...table, options: [...kept, ...change.options] }
}
