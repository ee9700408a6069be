import {
  didYouMean,
  type InsertStatement,
  lastOf,
  notSupported,
  type Span,
  SqlError,
} from '../sql/index.js'
import type { Catalogue } from './catalogue.js'
import { castTo, isStorable, untypedNull } from './coercion.js'
import { checkIsWritten } from './connector.js'
import type { Expression } from './expression.js'
import { nameWithoutHints, withHints } from './hints.js'
import { refuseUntoldLate } from './late-records.js'
import { checkWrittenMetadata } from './metadata.js'
import { lookupsOf, type PlanNode, scansOf } from './node.js'
import { type InsertNode, tellsBefore } from './plan.js'
import { refuseUnsteadyTime } from './processing-time.js'
import type { QueryPlanner } from './query.js'
import { listed, type Relation, type ScopeColumn } from './scope.js'
import { sinkChanges, type UpsertMaterialize } from './sink-mode.js'
import { storedColumns, type TableColumn, type TableDefinition } from './table.js'
import type { DataType, Field } from './type.js'
import { isNested, isText, isTimestamp, withNullable } from './type-family.js'
import { baseName, typeName } from './type-name.js'
import { refuseVolatile } from './volatile.js'
import { withAssignedWindows } from './window-function.js'

/**
 * An INSERT: the query, with each column cast to the type of the sink's.
 * @throws SqlError where the query does not fit the sink.
 */
export function planInsert(
  statement: InsertStatement,
  catalogue: Catalogue,
  planner: QueryPlanner,
  materialize: UpsertMaterialize = 'AUTO',
): InsertNode {
  if (statement.overwrite) {
    throw notSupported('INSERT OVERWRITE', statement.at, 'use INSERT INTO')
  }
  const name = lastOf(statement.table)
  const found = catalogue.expect(statement.table)
  if (found.kind === 'view') {
    throw new SqlError(`\`${name.text}\` is a view`, name.at, 'insert into a table')
  }
  // A table is written as itself: only what is read has to be told apart.
  const hinted = withHints(found, statement.hints, catalogue.defaults)
  const table = { ...hinted, name: nameWithoutHints(hinted) }
  checkIsWritten(table, name.at)
  checkWrittenMetadata(table, name.at)
  const targets = targetColumns(statement, table)
  const relation = withAssignedWindows(planner.planWhole(statement.query), statement.query.at)
  refuseSelfInsert(table, relation, name.at)
  checkCount(statement, table, targets, relation)
  const given = new Map(
    targets.map((target, index) => [target.name, relation.columns[index]] as const),
  )
  const expressions = storedColumns(table).map((target): Expression => {
    const column = given.get(target.name)
    if (column === undefined) return absentColumn(target, statement)
    return fit(column, relation, target, table, statement.query.at)
  })
  const fields = storedColumns(table).map(({ name: field, type }, index): Field => {
    const computed = typeAt(expressions, index)
    // The fields of a row have the names that the sink gives them.
    return { name: field, type: isNested(type) ? withNullable(type, computed.nullable) : computed }
  })
  const input: PlanNode = { kind: 'project', input: relation.node, expressions, fields }
  const { at: queryAt } = statement.query
  const { line } = statement.at.source.positionOf(statement.at.start)
  const changes = sinkChanges(table, input, queryAt, materialize)
  const insert: InsertNode = { kind: 'insert', table, line, ...changes }
  // Whoever keeps rows, or tells them before they change, has to find them as they were.
  const isCompared = tellsBefore(insert) || changes.input !== input
  refuseUnsteadyTime(input, isCompared, queryAt)
  refuseVolatile(input, isCompared, queryAt)
  refuseUntoldLate(input, queryAt)
  return insert
}

function typeAt(expressions: readonly Expression[], index: number): DataType {
  const expression = expressions[index]
  if (expression === undefined) throw new Error('each column of the sink has an expression')
  return expression.type
}

function targetColumns(statement: InsertStatement, table: TableDefinition): readonly TableColumn[] {
  const stored = storedColumns(table)
  if (statement.columns.length === 0) return stored
  const seen = new Set<string>()
  return statement.columns.map((name) => {
    const target = stored.find((column) => column.name === name.text)
    if (target === undefined) {
      const found = table.columns.find((column) => column.name === name.text)
      const reason = found?.metadata === undefined ? 'computed' : 'VIRTUAL'
      const names = stored.map((column) => column.name)
      throw new SqlError(
        found !== undefined
          ? `\`${name.text}\` of \`${table.name}\` is ${reason}, and cannot be written`
          : `there is no column \`${name.text}\` in \`${table.name}\``,
        name.at,
        found !== undefined
          ? 'leave it out'
          : (didYouMean(name.text, names) ?? listed('the columns are', names)),
      )
    }
    if (seen.has(name.text)) throw new SqlError(`\`${name.text}\` is named twice`, name.at)
    seen.add(name.text)
    return target
  })
}

function checkCount(
  statement: InsertStatement,
  table: TableDefinition,
  targets: readonly TableColumn[],
  { columns }: Relation,
): void {
  if (targets.length === columns.length) return
  const sink = targets.map((column) => `${column.name} ${typeName(column.type)}`).join(', ')
  const query = columns.map((column) => `${column.name} ${typeName(column.type)}`).join(', ')
  throw new SqlError(
    `the query gives ${columnCount(columns.length)}, but \`${table.name}\` takes ${targets.length}`,
    statement.query.at,
    `the sink takes (${sink}); the query gives (${query})`,
  )
}

function columnCount(count: number): string {
  return count === 1 ? '1 column' : `${count} columns`
}

function absentColumn(target: TableColumn, statement: InsertStatement): Expression {
  if (target.type.nullable) return castTo(untypedNull, target.type)
  throw new SqlError(
    `\`${target.name}\` is NOT NULL and gets no value`,
    statement.columns[0]?.at ?? statement.at,
    'add it to the columns and to the query',
  )
}

/** A column of the query in the type of the sink's. */
function fit(
  column: ScopeColumn,
  relation: Relation,
  target: TableColumn,
  table: TableDefinition,
  queryAt: Span,
): Expression {
  const at = column.at ?? queryAt
  if (column.value.kind !== 'field') throw new Error('windows were assigned before')
  const { index } = column.value
  const { node } = relation
  const value = node.kind === 'project' ? node.expressions[index] : undefined
  if (value === untypedNull) {
    if (target.type.nullable) return castTo(value, target.type)
    throw new SqlError(`\`${target.name}\` of \`${table.name}\` is NOT NULL`, at, 'give it a value')
  }
  if (!isStorable(column.type, target.type)) {
    throw new SqlError(
      `\`${target.name}\` of \`${table.name}\` is ${baseName(target.type)}, but the query gives ${baseName(column.type)}`,
      at,
      castHint(column.type, target.type),
    )
  }
  return castTo({ kind: 'column', index, name: column.name, type: column.type }, target.type)
}

function castHint(from: DataType, to: DataType): string {
  if (isTimestamp(to) && (from.kind === 'bigint' || from.kind === 'int')) {
    return 'use TO_TIMESTAMP_LTZ(value, 3) for milliseconds'
  }
  if (isNested(from) && !isNested(to)) return 'select a part of it'
  const cast = `CAST(… AS ${baseName(to)})`
  return isText(from) && !isText(to) ? `use TRY_CAST or ${cast}` : `use ${cast}`
}

/** A job that reads what it writes would never come to rest. */
function refuseSelfInsert(table: TableDefinition, relation: Relation, at: Span): void {
  const read = [...scansOf(relation.node), ...lookupsOf(relation.node)]
  if (!read.some((scan) => nameWithoutHints(scan.table) === table.name)) return
  throw new SqlError(
    `this reads from \`${table.name}\` and writes into it`,
    at,
    'write into another table',
  )
}
