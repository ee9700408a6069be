import type { QueryStatement } from '../sql/index.js'
import { changelogOf } from './changelog.js'
import { castTo } from './coercion.js'
import type { Expression } from './expression.js'
import type { ProjectNode } from './node.js'
import type { InsertNode } from './plan.js'
import { refuseUnsteadyTime } from './processing-time.js'
import { refuseUntypedNulls } from './projection.js'
import type { QueryPlanner } from './query.js'
import { resultTable } from './result-sink.js'
import { type DataType, type Field, unboundedLength } from './type.js'
import { isBytes, withNullable } from './type-family.js'
import { refuseVolatile } from './volatile.js'
import { withAssignedWindows } from './window-function.js'

/** A query whose rows are shown: its columns, and a plan that gives each of them. */
export interface QueryResult {
  readonly columns: readonly Field[]
  readonly insert: InsertNode
}

/** A query on its own: every change of it goes to whoever shows it. */
export function planResult({ query }: QueryStatement, planner: QueryPlanner): QueryResult {
  const relation = withAssignedWindows(planner.planWhole(query), query.at)
  refuseUntypedNulls(relation)
  const names = uniqueNames(relation.columns.map(({ name }) => name))
  const columns = relation.columns.map(({ type }, index) => ({ name: names[index] ?? '', type }))
  const expressions = relation.columns.map(({ name, type, value }): Expression => {
    if (value.kind !== 'field') throw new Error('windows were assigned before')
    return { kind: 'column', index: value.index, name, type }
  })
  const input: ProjectNode = { kind: 'project', input: relation.node, expressions, fields: columns }
  const changes = changelogOf(input) !== 'append'
  refuseUnsteadyTime(input, changes, query.at)
  refuseVolatile(input, changes, query.at)
  const mode = changes ? 'retract' : 'append'
  const { line } = query.at.source.positionOf(query.at.start)
  return { columns, insert: { kind: 'insert', table: resultTable(columns), input, mode, line } }
}

/** The same with each column as the text that CAST makes of it; bytes are left to who shows them. */
export function asText({ columns, insert }: QueryResult): QueryResult {
  const { input } = insert
  const fields = columns.map(({ name, type }): Field => ({ name, type: textOf(type) }))
  const project: ProjectNode = {
    kind: 'project',
    input,
    expressions: columns.map(({ name, type }, index) =>
      castTo({ kind: 'column', index, name, type }, textOf(type)),
    ),
    fields,
  }
  return { columns, insert: { ...insert, table: resultTable(fields), input: project } }
}

function textOf(type: DataType): DataType {
  if (isBytes(type)) return type
  return withNullable({ kind: 'varchar', length: unboundedLength, nullable: true }, type.nullable)
}

/** `a`, `a0`, `a1`: a name that is there twice gets a number, as in Flink. */
function uniqueNames(names: readonly string[]): string[] {
  const used = new Set<string>()
  return names.map((name) => {
    let unique = name
    for (let number = 0; used.has(unique); number++) unique = `${name}${number}`
    used.add(unique)
    return unique
  })
}
