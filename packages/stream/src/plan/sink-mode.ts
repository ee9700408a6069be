import { type Span, SqlError } from '../sql/index.js'
import { changingNode, operatorName, uniqueKeysOf } from './changelog.js'
import { isTopicTable, takesNewRowsOnly } from './connector.js'
import type { PlanNode } from './node.js'
import type { InsertNode } from './plan.js'
import { sourceChangelogOf } from './source-changelog.js'
import type { TableDefinition } from './table.js'

/**
 * `table.exec.sink.upsert-materialize`: whether the rows of each key are kept, so that of several the
 * last one counts. `AUTO`: where the key is not what tells the rows of the query apart. With `NONE`
 * the sink is told each change as it comes, and a row that goes deletes whatever its key has.
 */
export type UpsertMaterialize = 'AUTO' | 'FORCE' | 'NONE'

/** What the table takes of changes, and the rows of the query as it takes them. */
export type SinkChanges = Pick<InsertNode, 'mode' | 'tellsBefore' | 'input'>

/** @throws SqlError where the query gives more changes than the table takes. */
export function sinkChanges(
  table: TableDefinition,
  input: PlanNode,
  at: Span,
  materialize: UpsertMaterialize,
): SinkChanges {
  const changing = changingNode(input)
  if (!isTopicTable(table) && !takesNewRowsOnly(table)) {
    return { input, mode: changing === undefined ? 'append' : 'retract' }
  }
  if (table.options.get('connector') !== 'upsert-kafka') {
    if (changing === undefined) return { input, mode: 'append' }
    if (sourceChangelogOf(table) === 'retract') return { input, mode: 'retract' }
    throw takesNewRows(table, input, changing, at)
  }
  const isTold = changing === undefined || isToldApartBy(table, input)
  if (materialize === 'FORCE' || (materialize === 'AUTO' && !isTold)) {
    return { input: lastByKey(table, input), mode: 'upsert' }
  }
  return { input, mode: 'upsert', ...(!isTold && { tellsBefore: true }) }
}

function takesNewRows(
  table: TableDefinition,
  input: PlanNode,
  changing: PlanNode,
  at: Span,
): SqlError {
  const [key] = uniqueKeysOf(input)
  const names = key?.map((index) => input.fields[index]?.name).join(', ')
  const primaryKey =
    names === '' ? 'a constant as its PRIMARY KEY' : `PRIMARY KEY (${names ?? '…'}) NOT ENFORCED`
  return new SqlError(
    `\`${table.name}\` takes new rows only, but ${operatorName(changing)} changes rows that it gave before`,
    at,
    `write into a table of 'connector' = 'upsert-kafka' with ${primaryKey}, or group by a window`,
  )
}

/** By any other key, a row that moved from one key to another would stay under the first. */
function isToldApartBy(table: TableDefinition, input: PlanNode): boolean {
  // A constant tells nothing apart, and does no harm in a key.
  const constant = new Set(
    input.fields.filter((_, index) => isConstantField(input, index)).map(({ name }) => name),
  )
  const telling = (names: readonly (string | undefined)[]) =>
    names
      .filter((name) => name !== undefined && !constant.has(name))
      .sort()
      .join(', ')
  const keys = uniqueKeysOf(input).map((key) => key.map((index) => input.fields[index]?.name))
  return keys.some((key) => telling(key) === telling(table.primaryKey))
}

function lastByKey(table: TableDefinition, input: PlanNode): PlanNode {
  const { fields } = input
  const keys = table.primaryKey.map((name) => fields.findIndex((field) => field.name === name))
  const [shortest] = [...uniqueKeysOf(input)].sort((left, right) => left.length - right.length)
  return { kind: 'materialize', input, keys, rowKey: shortest ?? [...fields.keys()], fields }
}

/** Has the field the same value in every row? True only where that is written so. */
function isConstantField(node: PlanNode, index: number): boolean {
  if (node.kind === 'filter') return isConstantField(node.input, index)
  if (node.kind !== 'project') return false
  let expression = node.expressions[index]
  while (expression?.kind === 'cast') expression = expression.input
  if (expression?.kind === 'column') return isConstantField(node.input, expression.index)
  return expression?.kind === 'literal'
}
