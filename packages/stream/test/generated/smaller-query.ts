import { type Expression, isPlain } from './expression.js'
import { inputsOfQuery, type Query, tablesOf } from './query.js'
import { type Shape, shapeOf } from './query-shape.js'
import type { Case, Step } from './random-case.js'

/** The case with a query that is smaller in one place; many are no queries. */
export function* smallerQueries({ query, steps }: Case): Generator<Case> {
  for (const smaller of reductions(query, '') as Generator<Query>) {
    yield { query: smaller, steps: known(smaller, steps) }
  }
}

/** Without the changes of tables that the query does not read any more. */
function known(query: Query, steps: readonly Step[]): Step[] {
  const names = new Set(tablesOf(query).map(({ name }) => name))
  return steps.map((step) => ({
    ...step,
    changes: step.changes.filter(({ table }) => names.has(table)),
  }))
}

/** Tables without one of their columns, in the query and in the rows. */
export function* fewerColumns({ query, steps }: Case): Generator<Case> {
  for (const table of tablesOf(query)) {
    for (const column of table.columns) {
      const isKey = table.changelog !== 'append' && column === table.columns[0]
      if (isKey || column.name === table.time?.column || table.columns.length === 1) continue
      const columns = table.columns.filter((each) => each !== column)
      const smaller = withTable(query, table.name, { ...table, columns })
      const changes = (step: Step) =>
        step.changes.map((change) => {
          if (change.table !== table.name) return change
          const { [column.name]: _, ...row } = change.row
          return { ...change, row }
        })
      yield { query: smaller, steps: steps.map((step) => ({ ...step, changes: changes(step) })) }
    }
    if (table.time !== undefined) {
      const { time: _, ...timeless } = table
      yield { query: withTable(query, table.name, timeless), steps }
    }
  }
}

function withTable(query: Query, name: string, table: object): Query {
  return rewritten(query, (value) => {
    return isObject(value) && value.kind === 'scan' && nameOf(value.table) === name
      ? { ...value, table }
      : undefined
  }) as Query
}

/** What may be left out of the node that has it. */
const optional = new Set([
  ...['having', 'condition', 'filter', 'distinct', 'number', 'sets', 'nulls'],
  ...['preceding', 'precedingMs'],
])

/** Trees that are smaller in one place; most are no queries, which is found when they are written. */
function* reductions(value: unknown, key: string): Generator<unknown> {
  if (Array.isArray(value)) {
    const isTuple = value.length > 0 && key !== 'sets' && (key === 'pair' || key === 'window')
    if (!isTuple) {
      for (const index of value.keys()) yield value.filter((_, place) => place !== index)
    }
    const inner = ['equal', 'columns'].includes(key) ? 'pair' : ''
    for (const [index, each] of value.entries()) {
      for (const smaller of reductions(each, inner)) {
        yield value.map((other, place) => (place === index ? smaller : other))
      }
    }
    return
  }
  if (!isObject(value)) return
  if (isQuery(value)) {
    for (const input of inputsOfQuery(value)) {
      const adapted = adaptedTo(value, input)
      if (adapted !== undefined && value.kind !== 'project') yield adapted
      yield input
    }
    if (value.kind === 'project' && value.sealed) yield { ...value, sealed: false }
    if (value.kind === 'join' && value.comma) yield { ...value, comma: false }
    if ('type' in value && value.type !== 'INNER') yield { ...value, type: 'INNER' }
    if (value.kind === 'top' && value.to > value.from) yield { ...value, to: value.from }
  }
  if (value.kind === 'call' && Array.isArray(value.inputs)) {
    for (const input of value.inputs) if (isObject(input) && input.type === value.type) yield input
  }
  for (const [name, part] of Object.entries(value)) {
    if (name === 'table' || part === undefined) continue
    if (optional.has(name)) {
      const { [name]: _, ...rest } = value
      yield rest
    }
    // Arguments of a function stay as many as they are.
    if (name === 'inputs' && value.kind === 'call' && Array.isArray(part)) {
      for (const [index, each] of part.entries()) {
        for (const smaller of reductions(each, '')) {
          yield { ...value, inputs: part.map((other, at) => (at === index ? smaller : other)) }
        }
      }
      continue
    }
    for (const smaller of reductions(part, name)) yield { ...value, [name]: smaller }
  }
}

/** An input in the place of the query over it: columns of the same type, and NULL where there is none. */
function adaptedTo(query: Query, input: Query): Query | undefined {
  let wanted: Shape
  let given: Shape
  try {
    wanted = shapeOf(query)
    given = shapeOf(input)
  } catch {
    return undefined
  }
  const items = wanted.columns.map(({ name, type }) => {
    const column =
      given.columns.find((each) => each.name === name) ??
      given.columns.find((each) => name === wanted.time && each.name === given.time) ??
      given.columns.find((each) => each.type === type && isPlain(type))
    const value: Expression =
      column === undefined
        ? { kind: 'literal', value: null, type }
        : { kind: 'column', name: column.name, type: column.type }
    return { name, value }
  })
  return { kind: 'project', input, items, sealed: false }
}

function rewritten(value: unknown, change: (value: unknown) => unknown): unknown {
  const changed = change(value)
  if (changed !== undefined) return changed
  if (Array.isArray(value)) return value.map((each) => rewritten(each, change))
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => [name, rewritten(part, change)]),
  )
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function isQuery(value: Record<string, unknown>): value is Record<string, unknown> & Query {
  return 'input' in value || 'left' in value || value.kind === 'scan'
}

function nameOf(table: unknown): unknown {
  return isObject(table) ? table.name : undefined
}
