import { type Expression, isPlain } from './expression.js'
import { inputsOfQuery, type Query, tablesOf } from './query.js'
import { type Shape, shapeOf } from './query-shape.js'
import type { Case, Change, Step } from './random-case.js'

/** How many smaller cases are tried at most, where nothing else is said. */
const triesMaxDefault = 2000

/** The least case that still fails, as far as leaving out one thing after another leads. */
export async function shrinkCase(
  whole: Case,
  stillFails: (smaller: Case) => Promise<boolean>,
  triesMax = triesMaxDefault,
): Promise<Case> {
  let least = whole
  let tries = 0
  for (let found = true; found; ) {
    found = false
    for (const smaller of smallerCases(least)) {
      if (tries >= triesMax) return least
      if (!isCase(smaller)) continue
      tries++
      if (!(await stillFails(smaller))) continue
      least = smaller
      found = true
      break
    }
  }
  return least
}

/** Are the columns there, and is only taken back what came? */
function isCase({ query, steps }: Case): boolean {
  try {
    shapeOf(query)
  } catch {
    // A part that it cannot do without was left out.
    return false
  }
  const changing = new Set(
    tablesOf(query).flatMap(({ name, changelog }) => (changelog === 'changes' ? [name] : [])),
  )
  const standing = new Map<string, number>()
  for (const { table, kind, row } of steps.flatMap(({ changes }) => changes)) {
    if (!changing.has(table)) continue
    const text = `${table} ${JSON.stringify(row)}`
    const count = (standing.get(text) ?? 0) + (kind === '-U' || kind === '-D' ? -1 : 1)
    if (count < 0) return false
    standing.set(text, count)
  }
  return true
}

/** The largest steps first. */
function* smallerCases({ query, steps }: Case): Generator<Case> {
  for (const smaller of smallerSteps(query, steps)) yield { query, steps: smaller }
  for (const smaller of smallerQueries(query))
    yield { query: smaller, steps: known(smaller, steps) }
  yield* fewerColumns({ query, steps })
  for (const smaller of plainerRows(query, steps)) yield { query, steps: smaller }
}

function known(query: Query, steps: readonly Step[]): Step[] {
  const names = new Set(tablesOf(query).map(({ name }) => name))
  return steps.map((step) => ({
    ...step,
    changes: step.changes.filter(({ table }) => names.has(table)),
  }))
}

function* smallerSteps(query: Query, steps: readonly Step[]): Generator<Step[]> {
  const count = steps.reduce((sum, { changes }) => sum + changes.length, 0)
  for (let size = Math.ceil(count / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < count; from += size) yield withoutChanges(steps, from, from + size)
  }
  // Rows that change are left out with all that changes them.
  const byKey = tablesOf(query).flatMap(({ name, changelog, columns: [key] }) =>
    changelog === 'append' || key === undefined ? [] : [[name, key.name] as const],
  )
  for (const [name, key] of byKey) {
    for (const id of new Set(steps.flatMap(({ changes }) => changes.map(({ row }) => row[key])))) {
      const isOf = ({ table, row }: Change) => table === name && row[key] === id
      yield steps.map((step) => {
        return { ...step, changes: step.changes.filter((change) => !isOf(change)) }
      })
    }
  }
  for (let from = 0; from + 1 < count; from++) yield withoutChanges(steps, from, from + 2)
  for (const [index, step] of steps.entries()) {
    const next = steps[index + 1]
    const others = (...instead: Step[]) => [
      ...steps.slice(0, index),
      ...instead,
      ...steps.slice(index + (next === undefined ? 1 : 2)),
    ]
    if (step.changes.length === 0 && steps.length > 1) {
      yield steps.filter((each) => each !== step)
    }
    if (next !== undefined) {
      yield others({ ...next, changes: [...step.changes, ...next.changes] })
    }
    const { restart, snapshot, ...plain } = step
    const rest = next === undefined ? [] : [next]
    if (restart) yield others({ ...plain, ...(snapshot && { snapshot }) }, ...rest)
    if (snapshot) yield others({ ...plain, ...(restart && { restart }) }, ...rest)
  }
}

function withoutChanges(steps: readonly Step[], from: number, to: number): Step[] {
  let place = 0
  return steps.map((step) => ({
    ...step,
    changes: step.changes.filter(() => {
      const index = place++
      return index < from || index >= to
    }),
  }))
}

function* plainerRows(query: Query, steps: readonly Step[]): Generator<Step[]> {
  const tables = new Map(tablesOf(query).map((table) => [table.name, table]))
  for (const [stepIndex, step] of steps.entries()) {
    for (const [index, { table: name, row }] of step.changes.entries()) {
      const table = tables.get(name)
      if (table?.changelog !== 'append') continue
      for (const { name: column, type } of table.columns) {
        if (column === table.time?.column) continue
        for (const value of plainValues[type] ?? [null]) {
          if (row[column] === value) break
          const changes = step.changes.map((change, place) => {
            return place === index ? { ...change, row: { ...row, [column]: value } } : change
          })
          yield steps.map((each, place) => (place === stepIndex ? { ...step, changes } : each))
        }
      }
    }
  }
}

/** The plainest first. */
const plainValues: Record<string, readonly unknown[]> = {
  int: [0, 1, null],
  bigint: [0, 1, null],
  double: [0, 1, null],
  decimal: ['0.00', '1.00', null],
  string: ['a', 'b', null],
  boolean: [false, true, null],
}

/** Tables without one of their columns, in the query and in the rows. */
function* fewerColumns({ query, steps }: Case): Generator<Case> {
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

function smallerQueries(query: Query): Generator<Query> {
  return reductions(query, '') as Generator<Query>
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
