import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { seededRandom } from '@millrace/host'
import type { Plan } from '../../src/plan/plan.js'
import { runOnce } from '../../src/runtime/run-once.js'
import { planScript } from '../../src/script.js'
import { stepsOf } from './stepper.js'
import { batchAnswer, canonical, history, type Row, table } from './trips.js'

/** Windows as Flink's functions, and the ends of those that a time is in, in minutes. */
const functions = [
  { call: "TUMBLE(TABLE x, DESCRIPTOR(rt), INTERVAL '5' MINUTE)", slide: 5, size: 5 },
  {
    call: "HOP(TABLE x, DESCRIPTOR(rt), INTERVAL '2' MINUTE, INTERVAL '6' MINUTE)",
    slide: 2,
    size: 6,
  },
]

const joins = [
  { type: 'INNER', sql: 'JOIN' },
  { type: 'LEFT', sql: 'LEFT JOIN' },
  { type: 'RIGHT', sql: 'RIGHT JOIN' },
  { type: 'FULL', sql: 'FULL JOIN' },
] as const

const left = 'SELECT id, area, driver, fare, rt FROM trips WHERE MOD(id, 3) <> 0'
const right = 'SELECT id, area, driver, fare, rt FROM trips WHERE MOD(id, 3) <> 1'

const minutes = (count: number) => BigInt(count) * 60_000_000n

/** A table of DuckDB with the windows of each row. */
function windowed(rows: string, { slide, size }: { slide: number; size: number }): string {
  const first = `(epoch_us(rt) // ${minutes(slide)} + 1) * ${minutes(slide)}`
  const last = `(epoch_us(rt) // ${minutes(slide)}) * ${minutes(slide)} + ${minutes(size)}`
  return `(SELECT *, make_timestamp(e - ${minutes(size)}) AS window_start, make_timestamp(e) AS window_end
    FROM (SELECT *, unnest(generate_series(${first}, ${last}, ${minutes(slide)})) AS e FROM (${rows})))`
}

function planOf(call: string, query: string, sink: string): Plan {
  const tableOf = (name: string) => `TABLE(${call.replace('TABLE x', `TABLE ${name}`)})`
  return planScript(`${table}
    CREATE VIEW lefts AS ${left}; CREATE VIEW rights AS ${right};
    CREATE TABLE answers (${sink}) WITH ('connector' = 'kafka', 'format' = 'json');
    INSERT INTO answers ${query.replace('LEFTS', tableOf('lefts')).replace('RIGHTS', tableOf('rights'))};`)
}

const same = 'l.window_start = r.window_start AND l.window_end = r.window_end'

function cut(rows: readonly Row[], random: ReturnType<typeof seededRandom>): Row[][] {
  const batches: Row[][] = []
  for (let at = 0; at < rows.length; ) {
    const size = 1 + random.below(40)
    batches.push(rows.slice(at, at + size))
    at += size
  }
  return batches
}

async function check(plan: Plan, rows: readonly Row[], expected: readonly string[], seed: number) {
  const random = seededRandom(seed)
  for (const batchSize of [1_000_000, 1 + random.below(30)]) {
    const result = await runOnce(plan, new Map([['trips', rows]]), { batchSize })
    const answer = (result.get('answers') ?? []).map((row) =>
      Object.values(row).map(canonical).join(' '),
    )
    assert.deepEqual(answer.sort(), expected, `in batches of ${batchSize}`)
  }
  const batches = cut(rows, random)
  const limits = { closedRowsPerStepMax: 1 + random.below(40), paneCompactionRowsMin: 4 }
  const straight = await stepsOf(plan, batches, { restarts: false })
  const restarted = await stepsOf(plan, batches, { restarts: true, limits })
  const sorted = (steps: readonly (readonly string[])[]) => steps.map((step) => [...step].sort())
  assert.deepEqual(sorted(restarted.rows), sorted(straight.rows))
  assert.deepEqual(straight.rows.flat().sort(), expected)
  assert.equal(straight.late, 0)
}

for (const windows of functions) {
  for (const { type, sql } of joins) {
    describe(`${type} JOIN of ${windows.call.slice(0, windows.call.indexOf('('))} windows`, () => {
      it('is the join of the rows of each window', async () => {
        const rows = history(seededRandom(type.length), 150)
        const on = `l.area = r.area AND ${same} AND l.fare > r.fare`
        const columns =
          'l.id, r.id, COALESCE(l.window_end, r.window_end), COALESCE(l.driver, r.driver)'
        const plan = planOf(
          windows.call,
          `SELECT ${columns} FROM LEFTS AS l ${type} JOIN RIGHTS AS r ON ${on}`,
          'a BIGINT, b BIGINT, e TIMESTAMP(3), d STRING',
        )
        const expected = await batchAnswer(
          rows,
          `SELECT ${columns} FROM ${windowed(left, windows)} AS l ${sql} ${windowed(right, windows)} AS r ON ${on}`,
        )
        await check(plan, rows, expected, type.length)
      })
    })
  }
  for (const [negated, word] of [
    ['', 'SEMI'],
    ['NOT ', 'ANTI'],
  ] as const) {
    describe(`${word} JOIN of ${windows.call.slice(0, windows.call.indexOf('('))} windows`, () => {
      it('is the rows of each window that have, or have not, another there', async () => {
        const rows = history(seededRandom(word.length), 150)
        const exists = (from: string) =>
          `${negated}EXISTS (SELECT * FROM ${from} AS r WHERE l.area = r.area AND ${same} AND r.fare > l.fare + 15)`
        const plan = planOf(
          windows.call,
          `SELECT l.id, l.window_end FROM LEFTS AS l WHERE ${exists('RIGHTS')}`,
          'a BIGINT, e TIMESTAMP(3)',
        )
        const expected = await batchAnswer(
          rows,
          `SELECT l.id, l.window_end FROM ${windowed(left, windows)} AS l WHERE ${exists(windowed(right, windows))}`,
        )
        await check(plan, rows, expected, word.length)
      })
    })
  }
}

describe('a join of windows that were grouped, grouped by its windows again', () => {
  it('closes with them', async () => {
    const [tumble] = functions
    const rows = history(seededRandom(5), 200)
    const groups = (from: string) =>
      `(SELECT area, window_start, window_end, COUNT(*) AS n FROM ${from} GROUP BY area, window_start, window_end)`
    const query = (l: string, r: string) =>
      `SELECT l.window_end, COUNT(*), SUM(l.n * r.n) FROM ${groups(l)} AS l JOIN ${groups(r)} AS r
       ON l.area = r.area AND ${same} GROUP BY l.window_start, l.window_end`
    const plan = planOf(
      tumble?.call ?? '',
      query('LEFTS', 'RIGHTS'),
      'e TIMESTAMP(3), n BIGINT, s BIGINT',
    )
    const of = { slide: 5, size: 5 }
    const expected = await batchAnswer(rows, query(windowed(left, of), windowed(right, of)))
    await check(plan, rows, expected, 3)
  })
})

describe('the state of a join of windows', () => {
  it('goes with each window, and what comes for one that is over is late', async () => {
    const trip = (id: number, minute: number): Row => {
      const at = new Date(Date.UTC(2026, 0, 4) + minute * 60_000).toISOString().replace('Z', '')
      return { id, area: 1, driver: 'd', fare: 1, tip: null, rt: at }
    }
    const plan = planOf(
      functions[0]?.call ?? '',
      `SELECT l.id, r.id, l.window_end, l.driver FROM LEFTS AS l LEFT JOIN RIGHTS AS r ON l.area = r.area AND ${same} AND r.id <> l.id`,
      'a BIGINT, b BIGINT, e TIMESTAMP(3), d STRING',
    )
    // Of 2 and 5 both sides have a row, of 1 the left, of 3 the right.
    const held: number[][] = []
    const batches = [
      [trip(2, 1), trip(3, 3)],
      [trip(5, 6)],
      [trip(1, 7.5)],
      [trip(4, 2), trip(8, 11)],
    ]
    const { rows, late } = await stepsOf(plan, batches, {
      restarts: false,
      afterStep: (states) => held.push([...states.values()].map(({ rowCount }) => rowCount)),
    })
    const ids = rows.map((step) => step.map((row) => row.split(' ').slice(0, 2).join('-')).sort())
    assert.deepEqual(ids, [[], [], ['2-3'], [], ['1-5', '5-NULL', '8-NULL']])
    assert.deepEqual(held, [
      [1, 2],
      [2, 3],
      [2, 1],
      [3, 2],
      [0, 0],
    ])
    assert.equal(late, 1)
  })
})
