import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { seededRandom } from '@millrace/host'
import { runOnce } from '../../src/runtime/run-once.js'
import { planScript } from '../../src/script.js'
import { stepsOf } from './stepper.js'
import { batchAnswer, canonical, history, type Row, table } from './trips.js'

const counted = 'COUNT(*), SUM(id), COUNT(DISTINCT area)'

/** Conditions on trips `t` that ask for rows of others; in Flink's words, and in DuckDB's. */
const conditions = [
  { name: 'IN', flink: 'area IN (SELECT area FROM trips WHERE fare > 30)' },
  {
    name: 'IN of two columns',
    flink: '(area, driver) IN (SELECT area, driver FROM trips WHERE fare > 30)',
  },
  {
    name: 'IN over what is taken back',
    flink: 'area IN (SELECT area FROM trips GROUP BY area HAVING MOD(COUNT(*), 3) > 0)',
    duckdb: 'area IN (SELECT area FROM trips GROUP BY area HAVING count(*) % 3 > 0)',
  },
  {
    name: 'NOT IN, with and without NULL on either side',
    flink: 'area NOT IN (SELECT area FROM trips WHERE fare > 38 AND MOD(id, 40) <> 3)',
    duckdb: 'area NOT IN (SELECT area FROM trips WHERE fare > 38 AND id % 40 <> 3)',
  },
  {
    name: 'NOT IN of what is never NULL',
    flink: 'COALESCE(area, 9) NOT IN (SELECT COALESCE(area, 7) FROM trips WHERE fare > 38)',
  },
  {
    name: 'NOT of IN',
    flink: 'NOT (area IN (SELECT area FROM trips WHERE fare > 38 AND area IS NOT NULL))',
  },
  {
    name: 'EXISTS, correlated by equality and more',
    flink:
      'EXISTS (SELECT * FROM trips o WHERE o.area = t.area AND fare > t.fare + 20 AND o.driver IS NOT NULL)',
    duckdb:
      'EXISTS (SELECT * FROM trips o WHERE o.area = t.area AND o.fare > t.fare + 20 AND o.driver IS NOT NULL)',
  },
  {
    name: 'NOT EXISTS, of a join of its own',
    flink: `NOT EXISTS (SELECT 1 FROM trips o, trips p WHERE o.driver = t.driver AND o.id = p.id + 1 AND p.fare > 25)`,
  },
  { name: 'EXISTS of anything', flink: 'EXISTS (SELECT id FROM trips WHERE fare > 39)' },
  {
    name: 'one within another',
    flink:
      'area IN (SELECT area FROM trips o WHERE o.driver IN (SELECT driver FROM trips WHERE fare > 38))',
  },
  {
    name: 'a query as a value',
    flink:
      'fare > (SELECT AVG(fare) FROM trips WHERE area > 0) AND (SELECT COUNT(*) FROM trips) > 5',
    duckdb:
      'fare > (SELECT avg(fare) FROM trips WHERE area > 0) AND (SELECT count(*) FROM trips) > 5',
  },
  {
    name: 'IN under OR, and under NOT',
    flink:
      'fare > 35 OR area IN (SELECT area FROM trips WHERE fare > 37) OR NOT (fare > 3 OR driver IN (SELECT driver FROM trips WHERE MOD(id, 9) = 2))',
    duckdb:
      'fare > 35 OR area IN (SELECT area FROM trips WHERE fare > 37) OR NOT (fare > 3 OR driver IN (SELECT driver FROM trips WHERE id % 9 = 2))',
  },
  {
    name: 'NULL of IN as it is',
    flink:
      'COALESCE(area IN (SELECT area FROM trips WHERE fare > 37 AND MOD(id, 40) <> 3), fare > 10) AND (area NOT IN (SELECT area FROM trips WHERE fare > 39)) IS NOT FALSE',
    duckdb:
      'coalesce(area IN (SELECT area FROM trips WHERE fare > 37 AND id % 40 <> 3), fare > 10) AND (area NOT IN (SELECT area FROM trips WHERE fare > 39)) IS NOT FALSE',
  },
  {
    name: 'EXISTS in CASE, over what is taken back',
    flink:
      'CASE WHEN EXISTS (SELECT 1 FROM (SELECT area, COUNT(*) AS n FROM trips GROUP BY area) AS o WHERE o.area = t.area AND MOD(o.n, 2) = 0) THEN fare < 20 WHEN EXISTS (SELECT 1 FROM trips o WHERE o.fare > t.fare + 38) THEN TRUE ELSE area IN (SELECT area FROM trips WHERE fare > 37) END',
    duckdb:
      'CASE WHEN EXISTS (SELECT 1 FROM (SELECT area, count(*) AS n FROM trips GROUP BY area) AS o WHERE o.area = t.area AND o.n % 2 = 0) THEN fare < 20 WHEN EXISTS (SELECT 1 FROM trips o WHERE o.fare > t.fare + 38) THEN TRUE ELSE area IN (SELECT area FROM trips WHERE fare > 37) END',
  },
  {
    name: 'an aggregate of the rows that are equal, as a value',
    flink:
      'fare > (SELECT AVG(fare) FROM trips o WHERE o.area = t.area AND o.driver = t.driver) OR (SELECT COUNT(*) FROM trips o WHERE o.driver = t.driver AND fare > 30) < 2',
    duckdb:
      'fare > (SELECT avg(o.fare) FROM trips o WHERE o.area = t.area AND o.driver = t.driver) OR (SELECT count(*) FROM trips o WHERE o.driver = t.driver AND o.fare > 30) < 2',
  },
  {
    name: 'two of them, and a condition',
    flink:
      "driver <> 'driver 1' AND area IN (SELECT area FROM trips WHERE fare > 20) AND NOT EXISTS (SELECT * FROM trips o WHERE o.driver = t.driver AND o.fare > 38)",
  },
] as const

/** Over rows that stay, and over groups that change. */
const outers = [
  { name: 'rows', flink: 'trips', duckdb: 'trips' },
  {
    name: 'groups',
    flink:
      '(SELECT area, driver, MAX(fare) AS fare, COUNT(*) AS id FROM trips GROUP BY area, driver)',
    duckdb:
      '(SELECT area, driver, max(fare) AS fare, count(*) AS id FROM trips GROUP BY area, driver)',
  },
]

function planOf(query: string) {
  return planScript(`${table}
    CREATE TABLE answers (label STRING, n BIGINT, ids BIGINT, areas BIGINT, PRIMARY KEY (label) NOT ENFORCED)
      WITH ('connector' = 'upsert-kafka', 'key.format' = 'json', 'value.format' = 'json');
    INSERT INTO answers ${query};`)
}

for (const condition of conditions) {
  for (const outer of outers) {
    describe(`incremental equals recompute: ${condition.name}, of ${outer.name}`, () => {
      it('for any prefix, cut into batches of any size', async () => {
        const random = seededRandom(condition.name.length)
        const rows = history(random, 250)
        const query = `SELECT COALESCE(driver, 'none'), ${counted} FROM ${outer.flink} AS t WHERE ${condition.flink} GROUP BY COALESCE(driver, 'none')`
        const means = 'duckdb' in condition ? condition.duckdb : condition.flink
        for (const length of [1, 20 + random.below(30), rows.length]) {
          const prefix = rows.slice(0, length)
          const expected = await batchAnswer(
            prefix,
            `SELECT coalesce(driver, 'none'), ${counted} FROM ${outer.duckdb} AS t WHERE ${means} GROUP BY 1`,
          )
          for (const batchSize of [1_000_000, 1 + random.below(60)]) {
            const result = await runOnce(planOf(query), new Map([['trips', prefix]]), { batchSize })
            const answer = (result.get('answers') ?? []).map(textOf).sort()
            assert.deepEqual(answer, expected, `${length} rows in batches of ${batchSize}`)
          }
        }
      })
    })
  }
}

function textOf(row: Row): string {
  return Object.values(row).map(canonical).join(' ')
}

describe('rows that are in a query', () => {
  it('are given out once, when the first of it comes, stopped and started or not', async () => {
    const plan = planScript(`${table}
      CREATE TABLE answers (id BIGINT) WITH ('connector' = 'kafka', 'format' = 'json');
      INSERT INTO answers SELECT id FROM trips AS t WHERE EXISTS (SELECT * FROM trips AS o WHERE o.area = t.area AND o.id > t.id + 1);`)
    const trip = (id: number, area: number): Row => {
      return { id, area, driver: 'd', fare: 1, tip: null, rt: '2026-01-04T00:00:00.000' }
    }
    const batches = [[trip(1, 1), trip(1, 1)], [trip(2, 1), trip(5, 2)], [trip(3, 1)], [trip(9, 1)]]
    for (const restarts of [false, true]) {
      const { rows } = await stepsOf(plan, batches, { restarts })
      const sorted = rows.map((step) => [...step].sort())
      assert.deepEqual(sorted, [[], [], ['1', '1'], ['2', '3'], []])
    }
  })
})
