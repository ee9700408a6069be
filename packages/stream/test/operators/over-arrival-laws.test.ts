import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { seededRandom } from '@millrace/host'
import { planScript } from '../../src/script.js'
import { equalsRecomputeInOrder, type Query } from './recompute.js'
import { stepsOf } from './stepper.js'
import { history, type Row, table } from './trips.js'

const views = 'CREATE VIEW arriving AS SELECT *, PROCTIME() AS p FROM trips;'

/** Rows come in the order of their ids. */
const queries: readonly Query[] = [
  {
    name: 'all rows before, as they come',
    views,
    sink: 'id BIGINT, n BIGINT, fares DOUBLE, least DECIMAL(8, 2), mean BIGINT',
    flink: `SELECT id, COUNT(*) OVER w, SUM(fare) OVER w, MIN(tip) OVER w, AVG(id) OVER w FROM arriving
      WINDOW w AS (PARTITION BY area ORDER BY p RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)`,
    duckdb: `SELECT id, COUNT(*) OVER w, SUM(fare) OVER w, MIN(tip) OVER w, SUM(id) OVER w // COUNT(id) OVER w FROM trips
      WINDOW w AS (PARTITION BY area ORDER BY id)`,
  },
  {
    name: 'some rows before, as they come',
    views,
    sink: 'id BIGINT, n BIGINT, fares DOUBLE, most STRING',
    flink: `SELECT id, COUNT(DISTINCT driver) OVER w, SUM(fare) OVER w, MAX(driver) OVER w FROM arriving
      WINDOW w AS (PARTITION BY MOD(area, 2) ORDER BY p ROWS BETWEEN 3 PRECEDING AND CURRENT ROW)`,
    duckdb: `SELECT id, COUNT(DISTINCT driver) OVER w, SUM(fare) OVER w, MAX(driver) OVER w FROM trips
      WINDOW w AS (PARTITION BY area % 2 ORDER BY id ROWS BETWEEN 3 PRECEDING AND CURRENT ROW)`,
  },
  {
    name: 'numbers, and first and last, as rows come',
    views,
    sink: 'id BIGINT, n BIGINT, f STRING, l DOUBLE',
    flink: `SELECT id, ROW_NUMBER() OVER w, FIRST_VALUE(driver) OVER w, LAST_VALUE(fare) OVER w FROM arriving WINDOW w AS (ORDER BY p)`,
    duckdb: `SELECT id, row_number() OVER w, first_value(driver IGNORE NULLS) OVER w, last_value(fare IGNORE NULLS) OVER w FROM trips
      WINDOW w AS (ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)`,
  },
  {
    name: 'ROW_NUMBER alone, by PROCTIME()',
    views,
    sink: 'id BIGINT, n BIGINT',
    flink: 'SELECT id, ROW_NUMBER() OVER (PARTITION BY driver ORDER BY PROCTIME()) FROM trips',
    duckdb: 'SELECT id, row_number() OVER (PARTITION BY driver ORDER BY id) FROM trips',
  },
  {
    name: 'LAG, as rows come',
    views,
    sink: 'id BIGINT, back DOUBLE, further STRING',
    flink:
      "SELECT id, LAG(fare) OVER w, LAG(driver, 2, 'none') OVER w FROM arriving WINDOW w AS (PARTITION BY area ORDER BY p)",
    duckdb:
      "SELECT id, lag(fare) OVER w, lag(driver, 2, 'none') OVER w FROM trips WINDOW w AS (PARTITION BY area ORDER BY id)",
  },
]

for (const query of queries) equalsRecomputeInOrder(query, { hasLate: false })

describe('a range of the time by the clock', () => {
  const plan = planScript(`${table} ${views}
    CREATE TABLE answers (id BIGINT, n BIGINT) WITH ('connector' = 'kafka', 'format' = 'json');
    INSERT INTO answers SELECT id, COUNT(*) OVER (PARTITION BY area ORDER BY p
      RANGE BETWEEN INTERVAL '0.002' SECOND PRECEDING AND CURRENT ROW) FROM arriving;`)

  it('has the rows of the step and those of the steps before in it, none of them late', async () => {
    const random = seededRandom(3)
    const rows = history(random, 120)
    const batches: Row[][] = []
    for (let at = 0; at < rows.length; ) {
      const size = random.below(12)
      batches.push(rows.slice(at, at + size))
      at += size
    }
    // Each step is a millisecond after the one before.
    const expected = batches.map((batch, step) => {
      const seen = batches.slice(Math.max(0, step - 2), step + 1).flat()
      return batch.map(({ id, area }) => `${id} ${seen.filter((row) => row.area === area).length}`)
    })
    for (const restarts of [false, true]) {
      const steps = await stepsOf(plan, batches, { restarts })
      assert.deepEqual(steps, { rows: [...expected, []], late: 0 })
    }
  })
})
