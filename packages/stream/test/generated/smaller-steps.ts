import { type Query, tablesOf } from './query.js'
import type { Case, Change, Step } from './random-case.js'

/** What costs most goes first: starts from the journal, snapshots, steps. */
export function* cheaperSteps({ query, steps }: Case): Generator<Case> {
  const changes = steps.flatMap((step) => step.changes)
  if (steps.length > 1) yield { query, steps: [{ changes }] }
  const isPlain = steps.every(({ restart, snapshot }) => !restart && !snapshot)
  if (!isPlain) yield { query, steps: steps.map((step) => ({ changes: step.changes })) }
}

/** Without some of the changes, the most first. */
export function* fewerChanges({ query, steps }: Case): Generator<Case> {
  const count = steps.reduce((sum, { changes }) => sum + changes.length, 0)
  for (let size = Math.ceil(count / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < count; from += size) {
      yield { query, steps: withoutChanges(steps, from, from + size) }
    }
  }
  for (const smaller of withoutKeys(query, steps)) yield { query, steps: smaller }
  for (let from = 0; from + 1 < count; from++) {
    yield { query, steps: withoutChanges(steps, from, from + 2) }
  }
}

/** Rows that change are left out with all that changes them. */
function* withoutKeys(query: Query, steps: readonly Step[]): Generator<Step[]> {
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

/** Two steps as one, and each without its snapshot or its start from the journal. */
export function* fewerSteps({ query, steps }: Case): Generator<Case> {
  for (const [index, step] of steps.entries()) {
    const next = steps[index + 1]
    const others = (...instead: Step[]): Case => ({
      query,
      steps: [
        ...steps.slice(0, index),
        ...instead,
        ...steps.slice(index + (next === undefined ? 1 : 2)),
      ],
    })
    if (step.changes.length === 0 && steps.length > 1) {
      yield { query, steps: steps.filter((each) => each !== step) }
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

/** Values of rows that only come as plain as may be: of a column in all rows, then of each row. */
export function* plainerRows({ query, steps }: Case): Generator<Case> {
  for (const table of tablesOf(query)) {
    if (table.changelog !== 'append') continue
    const columns = table.columns.filter(({ name }) => name !== table.time?.column)
    const places = steps.flatMap(({ changes }, step) => {
      return changes.flatMap((change, place) => {
        return change.table === table.name ? [{ step, place, row: change.row }] : []
      })
    })
    for (const { name: column, type } of columns) {
      for (const value of plainValues[type] ?? [null]) {
        const isThere = places.every(({ row }) => row[column] === value)
        if (isThere) break
        yield { query, steps: withValue(steps, places, column, value) }
      }
      for (const place of places) {
        for (const value of plainValues[type] ?? [null]) {
          if (place.row[column] === value) break
          yield { query, steps: withValue(steps, [place], column, value) }
        }
      }
    }
  }
}

function withValue(
  steps: readonly Step[],
  places: readonly { readonly step: number; readonly place: number }[],
  column: string,
  value: unknown,
): Step[] {
  return steps.map((step, index) => ({
    ...step,
    changes: step.changes.map((change, at) => {
      if (!places.some((each) => each.step === index && each.place === at)) return change
      return { ...change, row: { ...change.row, [column]: value } }
    }),
  }))
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
