import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Random, seededRandom } from '@millrace/host'
import type { Plan } from '../../src/plan/plan.js'
import { runOnce } from '../../src/runtime/run-once.js'
import { planScript } from '../../src/script.js'
import { stepsOf } from './stepper.js'
import { batchAnswer, canonical, history, type Row, table } from './trips.js'

function script(query: string): Plan {
  return planScript(`${table}
    CREATE TABLE areas (area INT, driver STRING, name STRING, fare DOUBLE)
      WITH ('connector' = 'filesystem', 'path' = '/areas', 'format' = 'json');
    CREATE VIEW asking AS SELECT *, PROCTIME() AS p FROM trips;
    CREATE VIEW dear AS SELECT area + 0 AS a, UPPER(name) AS shout FROM areas WHERE fare > 10;
    CREATE TABLE answers (id BIGINT, name STRING, fare DOUBLE, rt TIMESTAMP(3))
      WITH ('connector' = 'kafka', 'format' = 'json');
    INSERT INTO answers ${query};`)
}

const now = 'FOR SYSTEM_TIME AS OF l.p AS v'

const cases = [
  {
    name: 'inner, by one key',
    flink: `SELECT l.id, v.name, v.fare, l.rt FROM asking AS l JOIN areas ${now} ON l.area = v.area`,
    duckdb: 'SELECT l.id, v.name, v.fare, l.rt FROM trips l JOIN areas v ON l.area = v.area',
  },
  {
    name: 'left, by two keys, one of them computed',
    flink: `SELECT l.id, v.name, v.fare, l.rt FROM asking AS l LEFT JOIN areas ${now} ON v.area = MOD(l.area + 1, 4) AND l.driver = v.driver`,
    duckdb:
      'SELECT l.id, v.name, v.fare, l.rt FROM trips l LEFT JOIN areas v ON v.area = (l.area + 1) % 4 AND l.driver = v.driver',
  },
  {
    name: 'left, with conditions on the table and on both',
    flink: `SELECT l.id, v.name, v.fare, l.rt FROM asking AS l LEFT JOIN areas ${now} ON l.area = v.area AND v.fare < l.fare AND v.name <> 'b'`,
    duckdb:
      "SELECT l.id, v.name, v.fare, l.rt FROM trips l LEFT JOIN areas v ON l.area = v.area AND v.fare < l.fare AND v.name <> 'b'",
  },
  {
    name: 'left, with a condition on the left',
    flink: `SELECT l.id, v.name, v.fare, l.rt FROM asking AS l LEFT JOIN areas ${now} ON l.area = v.area AND l.fare > 20`,
    duckdb:
      'SELECT l.id, v.name, v.fare, l.rt FROM trips l LEFT JOIN areas v ON l.area = v.area AND l.fare > 20',
  },
  {
    name: 'inner, with a condition on both, and one of WHERE',
    flink: `SELECT l.id, v.name, v.fare, l.rt FROM asking AS l JOIN areas ${now} ON l.area = v.area AND v.fare < l.fare WHERE l.tip > 1 AND v.name <> 'a'`,
    duckdb:
      "SELECT l.id, v.name, v.fare, l.rt FROM trips l JOIN areas v ON l.area = v.area AND v.fare < l.fare WHERE l.tip > 1 AND v.name <> 'a'",
  },
  {
    name: 'inner, of a constant',
    flink: `SELECT l.id, v.name, v.fare, l.rt FROM asking AS l JOIN areas ${now} ON v.area = 2`,
    duckdb: 'SELECT l.id, v.name, v.fare, l.rt FROM trips l JOIN areas v ON v.area = 2',
  },
  {
    name: 'left, of a view, and another behind it',
    flink: `SELECT l.id, v.shout, w.fare, l.rt FROM asking AS l LEFT JOIN dear ${now} ON v.a = l.area
      LEFT JOIN areas FOR SYSTEM_TIME AS OF l.p AS w ON w.driver = l.driver AND w.area = 1`,
    duckdb: `SELECT l.id, upper(v.name), w.fare, l.rt FROM trips l LEFT JOIN areas v ON v.area = l.area AND v.fare > 10
      LEFT JOIN areas w ON w.driver = l.driver AND w.area = 1`,
  },
]

/** Some keys several times, some not at all, some NULL. */
function areasOf(random: Random): Row[] {
  return Array.from({ length: 12 }, () => ({
    area: random.below(6) === 0 ? null : random.below(4),
    driver: random.below(4) === 0 ? null : `driver ${random.below(5)}`,
    name: ['a', 'b', 'c', null][random.below(4)],
    fare: random.below(8) === 0 ? null : random.below(4000) / 100,
  }))
}

function withAreas(areas: readonly Row[], query: string): string {
  const literal = (value: unknown) => (value === null ? 'NULL' : `'${value}'`)
  const tuples = areas.map((row) => `(${Object.values(row).map(literal).join(', ')})`)
  return `WITH areas AS (SELECT area::INT AS area, driver, name, fare::DOUBLE AS fare
    FROM (VALUES ${tuples.join(', ')}) AS t(area, driver, name, fare)) ${query}`
}

const textOf = (row: Row) => Object.values(row).map(canonical).join(' ')

for (const each of cases) {
  describe(`a table that is looked up: ${each.name}`, () => {
    const plan = script(each.flink)
    for (let seed = 1; seed <= 3; seed++) {
      it(`incremental equals recompute, in one order however it is cut (seed ${seed})`, async () => {
        const random = seededRandom(seed)
        const rows = history(random, 200)
        const areas = areasOf(random)
        for (const length of [0, 1 + random.below(150), rows.length]) {
          const prefix = rows.slice(0, length)
          const inputs = new Map([
            ['trips', prefix],
            ['areas', areas],
          ])
          const whole = (await runOnce(plan, inputs)).get('answers')?.map(textOf) ?? []
          const expected = await batchAnswer(prefix, withAreas(areas, each.duckdb))
          assert.deepEqual([...whole].sort(), expected)
          const batchSize = 1 + random.below(20)
          const cut = (await runOnce(plan, inputs, { batchSize })).get('answers')?.map(textOf)
          assert.deepEqual(cut, whole, `batches of ${batchSize}`)
        }
      })
    }

    it('is the same when it is stopped and started again after every step', async () => {
      const random = seededRandom(7)
      const rows = history(random, 60)
      const lookups = new Map([['areas', areasOf(random)]])
      const batches = [rows.slice(0, 7), rows.slice(7, 8), rows.slice(8, 40), rows.slice(40)]
      const straight = await stepsOf(plan, batches, { restarts: false, lookups })
      assert.deepEqual(await stepsOf(plan, batches, { restarts: true, lookups }), straight)
      assert.ok(straight.rows.flat().length > 0)
    })
  })
}

describe('the rows of a join with a table that is looked up', () => {
  it('come in the order of the left, then of the table', async () => {
    const plan = script(cases[0]?.flink ?? '')
    const trip = (id: number, area: number) => ({ id, area, rt: '2026-01-04T00:00:00.000' })
    const area = (name: string, of: number) => ({ area: of, name, fare: 1 })
    const inputs = new Map<string, Row[]>([
      ['trips', [trip(1, 2), trip(2, 1), trip(3, 2)]],
      ['areas', [area('x', 2), area('y', 1), area('z', 2)]],
    ])
    const answers = (await runOnce(plan, inputs)).get('answers') ?? []
    assert.deepEqual(
      answers.map(({ id, name }) => `${id}${name}`),
      ['1x', '1z', '2y', '3x', '3z'],
    )
  })
})
