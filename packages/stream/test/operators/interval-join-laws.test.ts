import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { seededRandom } from '@millrace/host'
import type { Plan } from '../../src/plan/plan.js'
import { runOnce } from '../../src/runtime/run-once.js'
import { planScript } from '../../src/script.js'
import { stepsOf } from './stepper.js'
import { batchAnswer, canonical, history, type Row, table } from './trips.js'

const sink = 'a BIGINT, b BIGINT, ta TIMESTAMP(3), tb TIMESTAMP(3), d STRING'

function planOf(query: string, tables = table): Plan {
  return planScript(`${tables}
    CREATE TABLE answers (${sink}) WITH ('connector' = 'kafka', 'format' = 'json');
    INSERT INTO answers ${query};`)
}

/** Joins as Flink's, and what they mean: from when to when the partners of a left row are. */
const joins = [
  {
    on: "l.rt BETWEEN r.rt - INTERVAL '1' MINUTE AND r.rt + INTERVAL '2' MINUTE",
    span: [-60, 120],
  },
  {
    on: "l.area = r.area AND r.rt >= l.rt AND r.rt - INTERVAL '30' SECOND < l.rt + INTERVAL '1' MINUTE",
    span: [-89.999, 0],
  },
  {
    on: "l.area = r.area AND l.rt > r.rt + INTERVAL '10' SECOND AND r.rt + INTERVAL '5' MINUTE >= l.rt AND l.fare > r.fare",
    span: [10.001, 300],
  },
  { on: 'l.area = r.area AND l.driver = r.driver AND l.rt = r.rt', span: [0, 0] },
] as const

const types = ['INNER', 'LEFT', 'RIGHT', 'FULL'] as const

const columns = 'l.id, r.id, l.rt, r.rt, COALESCE(l.driver, r.driver)'

/** Every row of `rows` is in both tables of the batch query, under other conditions. */
const sides = (left: string, right: string) => ({
  left: `(SELECT * FROM ${left} WHERE id % 3 <> 0)`,
  right: `(SELECT * FROM ${right} WHERE id % 3 <> 1)`,
})

const flinkSides = (left: string, right: string) => ({
  left: `(SELECT * FROM ${left} WHERE MOD(id, 3) <> 0)`,
  right: `(SELECT * FROM ${right} WHERE MOD(id, 3) <> 1)`,
})

function textOf(row: Row): string {
  return Object.values(row).map(canonical).join(' ')
}

/** The rows whose time has two minutes behind it, as the watermark of all rows so far says. */
function watermarkOf(rows: readonly Row[]): string {
  const latest = Math.max(...rows.map(({ rt }) => Date.parse(`${rt}Z`)))
  return new Date(latest - 120_000).toISOString().replace('Z', '')
}

for (const [place, { on, span }] of joins.entries()) {
  for (const [which, type] of types.entries()) {
    const seed = 1 + 4 * place + which
    const [lower, upper] = span
    const flink = flinkSides('trips', 'trips')
    const query = `SELECT ${columns} FROM ${flink.left} AS l ${type} JOIN ${flink.right} AS r ON ${on}`
    const duckdb = sides('trips', 'trips')
    const whole = `SELECT ${columns} FROM ${duckdb.left} AS l ${type} JOIN ${duckdb.right} AS r ON ${on}`

    describe(`${type} JOIN ON ${on}`, () => {
      it(`is the join of the rows so far, and pads what waited long enough (seed ${seed})`, async () => {
        const random = seededRandom(seed)
        const rows = history(random, 120)
        const batches: Row[][] = []
        for (let at = 0; at < rows.length; ) {
          const size = 1 + random.below(40)
          batches.push(rows.slice(at, at + size))
          at += size
        }
        const straight = await stepsOf(planOf(query), batches, { restarts: false })
        const restarted = await stepsOf(planOf(query), batches, { restarts: true })
        const sorted = (steps: typeof straight) => steps.rows.map((step) => [...step].sort())
        assert.deepEqual(sorted(restarted), sorted(straight))
        assert.equal(straight.late, 0)
        const given: string[] = []
        for (const [index, batch] of batches.entries()) {
          given.push(...(straight.rows[index] ?? []))
          const soFar = rows.slice(0, rows.indexOf(batch.at(-1) as Row) + 1)
          const until = watermarkOf(soFar)
          // A left row waits for what is -lower after it, a right one for what is upper after it.
          const expected = await batchAnswer(
            soFar,
            `SELECT * FROM (${whole}) AS j(a, b, ta, tb, d) WHERE (a IS NOT NULL AND b IS NOT NULL)
                OR (b IS NULL AND ta - to_microseconds(CAST(${lower} * 1000000 AS BIGINT)) <= TIMESTAMP '${until}')
                OR (a IS NULL AND tb + to_microseconds(CAST(${upper} * 1000000 AS BIGINT)) <= TIMESTAMP '${until}')`,
          )
          assert.deepEqual([...given].sort(), expected, `after ${soFar.length} rows`)
        }
        given.push(...(straight.rows.at(-1) ?? []))
        assert.deepEqual(given.sort(), await batchAnswer(rows, whole))
      })

      it(`is the same over two tables, cut anyhow (seed ${seed})`, async () => {
        const random = seededRandom(seed + 10)
        const rows = history(random, 120)
        const [first, second] = [rows.slice(0, 120), rows.slice(0, 30 + random.below(90))]
        const two = flinkSides('trips', 'others')
        const plan = planOf(
          `SELECT ${columns} FROM ${two.left} AS l ${type} JOIN ${two.right} AS r ON ${on}`,
          `${table}\n${table.replace('trips', 'others')}`,
        )
        const inputs = new Map([
          ['trips', first],
          ['others', second],
        ])
        const ofRight = `(SELECT * FROM trips WHERE id % 3 <> 1 AND id < ${second.length})`
        const expected = await batchAnswer(
          first,
          `SELECT ${columns} FROM ${duckdb.left} AS l ${type} JOIN ${ofRight} AS r ON ${on}`,
        )
        for (const batchSize of [1_000_000, 1 + random.below(7), 20 + random.below(40)]) {
          const answers = (await runOnce(plan, inputs, { batchSize })).get('answers') ?? []
          assert.deepEqual(answers.map(textOf).sort(), expected, `in batches of ${batchSize}`)
        }
      })
    })
  }
}

/** A trip at so many minutes of the day. */
function trip(id: number, minute: number): Row {
  const at = new Date(Date.UTC(2026, 0, 4) + minute * 60_000)
  return { id, area: 1, driver: 'd', fare: 1, tip: null, rt: at.toISOString().replace('Z', '') }
}

const evenWithOdd = (type: string) => `SELECT ${columns}
  FROM (SELECT * FROM trips WHERE MOD(id, 2) = 0) AS l ${type} JOIN (SELECT * FROM trips WHERE MOD(id, 2) = 1) AS r
  ON l.area = r.area AND l.rt BETWEEN r.rt - INTERVAL '1' MINUTE AND r.rt + INTERVAL '5' MINUTE`

const ids = (rows: readonly string[]) => rows.map((row) => row.split(' ').slice(0, 2).join('-'))

describe('a row that is late', () => {
  it('meets what still waits, and waits for nothing', async () => {
    // The watermark is two minutes behind: at 8. A left row waits a minute, a right one five.
    const batches = [[trip(1, 4), trip(101, 10)], [trip(2, 5)], [trip(3, 5.5)], [trip(4, 1)]]
    const inner = await stepsOf(planOf(evenWithOdd('')), batches, { restarts: true })
    assert.deepEqual(inner.rows.map(ids), [[], ['2-1'], [], [], []])
    assert.equal(inner.late, 1)
    const outer = await stepsOf(planOf(evenWithOdd('LEFT')), batches, { restarts: true })
    assert.deepEqual(outer.rows.map(ids), [[], ['2-1'], [], ['4-NULL'], []])
    assert.equal(outer.late, 0)
  })
})

describe('the state of a join within an interval', () => {
  it('holds no row for which no partner can come', async () => {
    const batches = Array.from({ length: 8 }, (_, at) => [trip(2 * at, at), trip(2 * at + 1, at)])
    const counts = await rowCounts(planOf(evenWithOdd('FULL')), batches)
    const held = counts.map(([left, right]) => `${left} ${right}`)
    // The watermark is two minutes behind; a left row waits for one more, a right one for five.
    assert.deepEqual(held, ['1 1', '2 2', '3 3', '3 4', '3 5', '3 6', '3 7', '3 7'])
  })
})

/** How many rows the left and the right of a plan's only join hold after each batch. */
async function rowCounts(plan: Plan, batches: readonly Row[][]): Promise<number[][]> {
  const counts: number[][] = []
  await stepsOf(plan, batches, {
    restarts: false,
    afterStep: (states) => counts.push([...states.values()].map(({ rowCount }) => rowCount)),
  })
  return counts.slice(0, -1)
}
