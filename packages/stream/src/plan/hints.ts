import {
  type CreateTable,
  didYouMean,
  type Hint,
  lastOf,
  SqlError,
  type TableOption,
} from '../sql/index.js'
import type { Declared, DeclaredTable } from './catalogue.js'
import { isTopicTable } from './connector.js'
import { checkLookupHint } from './lookup-hint.js'
import type { TableDefinition } from './table.js'
import { declareTable } from './table-declaration.js'

/** Hints that say how a query should be run, and never what it gives: there is nothing to obey. */
const advising = ['BROADCAST', 'SHUFFLE_HASH', 'SHUFFLE_MERGE', 'NEST_LOOP', 'MULTI_JOIN']

const stateTtl = 'STATE_TTL'
const lookup = 'LOOKUP'

const hintMark = ' /*+ '

const known = ['OPTIONS', stateTtl, lookup, ...advising]

/**
 * The hints of a SELECT that have no effect, by their names; `tables` are those of its FROM.
 * @throws SqlError for those that would have one, and for what is no hint.
 */
export function adviceIn(hints: readonly Hint[], tables: readonly string[]): string[] {
  return hints.flatMap((hint) => {
    const name = nameOf(hint)
    if (name === stateTtl) return []
    if (name === lookup) {
      checkLookupHint(hint, tables)
      return [name]
    }
    if (advising.includes(name)) return [name]
    if (name === 'OPTIONS') {
      throw new SqlError('OPTIONS stands behind a table', hint.at, 'write FROM t /*+ OPTIONS(…) */')
    }
    throw notThere(hint)
  })
}

/** Those that say how long rows are kept. */
export function stateTtlHints(hints: readonly Hint[]): readonly Hint[] {
  return hints.filter((hint) => nameOf(hint) === stateTtl)
}

/**
 * A table read or written with the options of its hints, in place of those that it has.
 * @throws SqlError for any other hint, and where an option does not fit.
 */
export function withHints(
  declared: DeclaredTable,
  hints: readonly Hint[],
  defaults: Readonly<Record<string, string>>,
): TableDefinition {
  const { statement, table } = declared
  const given = hints.flatMap(optionsOf)
  if (given.length === 0) return table
  const connector = given.find(({ key }) => key === 'connector')
  if (connector !== undefined) {
    throw new SqlError("'connector' is no option of a hint", connector.keyAt, 'declare a table')
  }
  const keys = new Set(given.map(({ key }) => key))
  const kept = statement.options.filter(({ key }) => !keys.has(key))
  const options = [...kept, ...withTopic(declared, [...kept, ...given]), ...given]
  const hinted: CreateTable = { ...statement, options }
  // Another source than the table itself: its records are read from elsewhere, or otherwise.
  const text = given.map(({ key, value }) => `'${key}' = '${value}'`).join(', ')
  return { ...declareTable(hinted, defaults), name: `${table.name}${hintMark}OPTIONS(${text}) */` }
}

/** @throws SqlError where a view has hints. */
export function refuseHints(found: Declared, hints: readonly Hint[]): void {
  if (found.kind === 'view') refuseHintsOfQuery(hints)
}

/** @throws SqlError where a name that stands for a query has hints. */
export function refuseHintsOfQuery([hint]: readonly Hint[]): void {
  if (hint === undefined) return
  throw new SqlError('a query has no options', hint.at, 'write the hint behind a table in it')
}

/** The name of the table as it was declared. */
export function nameWithoutHints({ name }: Pick<TableDefinition, 'name'>): string {
  return name.split(hintMark)[0] ?? name
}

/** A topic that has the name of its table keeps it, whatever the hint makes of that. */
function withTopic({ statement, table }: DeclaredTable, options: readonly TableOption[]) {
  if (!isTopicTable(table) || options.some(({ key }) => key === 'topic')) return []
  const { at, text } = lastOf(statement.name)
  return [{ key: 'topic', keyAt: at, value: text, valueAt: at }]
}

function optionsOf(hint: Hint): readonly TableOption[] {
  const name = nameOf(hint)
  if (name !== 'OPTIONS') {
    if (!known.includes(name)) throw notThere(hint)
    throw new SqlError(`${name} stands behind SELECT`, hint.at, `write SELECT /*+ ${name}(…) */`)
  }
  const [alone] = hint.names
  if (alone === undefined) return hint.options
  throw new SqlError(`an option has a value`, alone.at, "write OPTIONS('key' = 'value')")
}

function notThere(hint: Hint): SqlError {
  const hintText = didYouMean(hint.name.text, known)?.replaceAll('`', '')
  return new SqlError(
    `there is no hint ${hint.name.text}`,
    hint.name.at,
    hintText ?? `the hints are ${known.join(', ')}`,
  )
}

function nameOf({ name }: Hint): string {
  return name.text.toUpperCase()
}
