import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { seededRandom } from '@millrace/host'
import type { Plan } from '../../src/plan/plan.js'
import { runOnce } from '../../src/runtime/run-once.js'
import { planScript } from '../../src/script.js'
import { stepsOf } from './stepper.js'
import { batchAnswer, canonical, history, type Row, table } from './trips.js'

const sink = 'id BIGINT, version BIGINT, fare DOUBLE, rt TIMESTAMP(3)'

/** Rows of the one third are versions by area and driver, or by area alone; the others ask for them. */
const byArea = 'area'
const byBoth = 'area, driver'

function script(keys: string, query: string, others = ''): Plan {
  const versioned = others === '' ? 'trips' : 'others'
  return planScript(`${table} ${others}
    CREATE VIEW asking AS SELECT * FROM trips WHERE MOD(id, 3) <> 0;
    CREATE VIEW versions AS SELECT id, area, driver, fare, tip, rt FROM (
      SELECT *, ROW_NUMBER() OVER (PARTITION BY ${keys} ORDER BY rt DESC) AS n FROM ${versioned} WHERE MOD(id, 3) = 0) WHERE n = 1;
    CREATE VIEW dear AS SELECT driver AS d, area AS a, id AS v, fare * 2 AS f FROM versions WHERE fare > 12;
    CREATE TABLE answers (${sink}) WITH ('connector' = 'kafka', 'format' = 'json');
    INSERT INTO answers ${query};`)
}

const cases = [
  {
    name: 'inner, by one key',
    keys: byArea,
    flink: `SELECT l.id, v.id, v.fare, l.rt FROM asking AS l JOIN versions FOR SYSTEM_TIME AS OF l.rt AS v ON l.area = v.area`,
    where: 'WHERE v IS NOT NULL',
  },
  {
    name: 'left, by two keys, with a condition on the version',
    keys: byBoth,
    flink: `SELECT l.id, v.id, v.fare, l.rt FROM asking AS l LEFT JOIN versions FOR SYSTEM_TIME AS OF l.rt AS v
      ON l.area = v.area AND v.driver = l.driver AND v.fare < l.fare`,
    holds: 'v.fare < l.fare',
    where: '',
  },
  {
    name: 'left, with a filter on what is a version, under other names',
    keys: byArea,
    flink: `SELECT l.id, v.v, v.f / 2, l.rt FROM asking AS l LEFT JOIN dear FOR SYSTEM_TIME AS OF l.rt AS v ON v.a = l.area`,
    holds: 'v.fare > 12',
    where: '',
  },
]

/** What each asking row finds among the versions, told by DuckDB. */
function expected({
  keys,
  holds = 'TRUE',
  where,
}: {
  keys: string
  holds?: string
  where: string
}) {
  const list = keys.split(', ')
  const on = list.map((key) => `l.${key} = v.${key}`).join(' AND ')
  return `WITH versions AS (SELECT * FROM trips WHERE id % 3 = 0 AND NOT (${list.map((key) => `${key} IS NULL`).join(' OR ')})
      QUALIFY row_number() OVER (PARTITION BY ${keys}, rt ORDER BY id DESC) = 1),
    j AS (SELECT l.id, l.rt, v.id AS v, v.fare, coalesce(v.id IS NOT NULL AND ${holds}, FALSE) AS ok
      FROM (SELECT * FROM trips WHERE id % 3 <> 0) AS l ASOF LEFT JOIN versions AS v ON ${on} AND l.rt >= v.rt)
    SELECT * FROM (SELECT id, CASE WHEN ok THEN v END AS v, CASE WHEN ok THEN fare END AS fare, rt FROM j) ${where}`
}

const textOf = (row: Row) => Object.values(row).map(canonical).join(' ')

for (const each of cases) {
  describe(`FOR SYSTEM_TIME AS OF: ${each.name}`, () => {
    for (let seed = 1; seed <= 3; seed++) {
      it(`gives each row the version of its time, when no other can come (seed ${seed})`, async () => {
        const random = seededRandom(seed)
        const rows = history(random, 200)
        const plan = script(each.keys, each.flink)
        const batches: Row[][] = []
        for (let at = 0; at < rows.length; ) {
          const size = 1 + random.below(40)
          batches.push(rows.slice(at, at + size))
          at += size
        }
        const straight = await stepsOf(plan, batches, { restarts: false })
        const restarted = await stepsOf(plan, batches, { restarts: true })
        const sorted = (steps: typeof straight) => steps.rows.map((step) => [...step].sort())
        assert.deepEqual(sorted(restarted), sorted(straight))
        const whole = await batchAnswer(rows, expected(each))
        const given: string[] = []
        let count = 0
        for (const [index, step] of straight.rows.entries()) {
          given.push(...step)
          count += batches[index]?.length ?? 0
          const latest = Math.max(...rows.slice(0, count).map(({ rt }) => Date.parse(`${rt}Z`)))
          const through = index < batches.length ? latest - 120_000 : Number.POSITIVE_INFINITY
          const due = whole.filter(
            (row) => Date.parse(`${row.split(' ').slice(-2).join('T')}Z`) <= through,
          )
          assert.deepEqual([...given].sort(), due, `after ${count} rows`)
        }
      })

      it(`is the same of two tables, cut anyhow (seed ${seed})`, async () => {
        const random = seededRandom(seed + 7)
        const rows = history(random, 150)
        const plan = script(each.keys, each.flink, table.replace('trips', 'others'))
        const inputs = new Map([
          ['trips', rows],
          ['others', rows],
        ])
        for (const batchSize of [1_000_000, 1 + random.below(9)]) {
          const answers = (await runOnce(plan, inputs, { batchSize })).get('answers') ?? []
          assert.deepEqual(answers.map(textOf).sort(), await batchAnswer(rows, expected(each)))
        }
      })
    }
  })
}

/** A trip at so many minutes of the day: a version where its id is a multiple of three. */
function trip(id: number, minute: number): Row {
  const at = new Date(Date.UTC(2026, 0, 4) + minute * 60_000)
  return { id, area: 1, driver: 'd', fare: 20, tip: null, rt: at.toISOString().replace('Z', '') }
}

describe('the state of a join with versions', () => {
  it('keeps of what time has passed the latest version of each key, and no row that asks', async () => {
    const plan = script(byArea, cases[0]?.flink ?? '')
    const held: number[][] = []
    // The watermark is two minutes behind.
    const batches = [
      [trip(3, 1), trip(6, 2), trip(1, 2.5)],
      [trip(9, 3), trip(4, 5)],
      [trip(12, 6), trip(5, 4.5)],
      [trip(7, 20)],
      [trip(8, 3.5), trip(10, 19)],
    ]
    const { rows } = await stepsOf(plan, batches, {
      restarts: true,
      afterStep: (states) => held.push([...states.values()].map(({ rowCount }) => rowCount)),
    })
    const pairs = rows.map((step) => step.map((row) => row.split(' ').slice(0, 2).join('-')))
    // The row 8 is late: the versions of its time are gone. 10 is in time for 12.
    assert.deepEqual(pairs, [[], ['1-6'], [], ['5-9', '4-9'], [], ['10-12', '7-12']])
    assert.deepEqual(held, [
      [1, 2],
      [1, 1],
      [2, 2],
      [1, 1],
      [2, 1],
      [0, 1],
    ])
  })
})
