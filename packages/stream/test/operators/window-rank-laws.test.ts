import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { seededRandom } from '@millrace/host'
import type { Plan } from '../../src/plan/plan.js'
import { planScript } from '../../src/script.js'
import { answersOf } from './recompute.js'
import { stepsOf } from './stepper.js'
import { batchAnswer, history, type Row, table } from './trips.js'

/** A query in Flink's words, and what it means in DuckDB's over all rows at once. */
const queries = [
  {
    name: 'the first rows of each tumbling window, with numbers',
    sink: 'w TIMESTAMP(3), rn BIGINT, id BIGINT, fare DOUBLE',
    flink: `SELECT window_end, rn, id, fare FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end ORDER BY fare DESC, id) AS rn
      FROM TABLE(TUMBLE(TABLE trips, DESCRIPTOR(rt), INTERVAL '5' MINUTE))) WHERE rn <= 3`,
    duckdb: `SELECT w + INTERVAL 5 MINUTE, row_number() OVER (PARTITION BY w ORDER BY fare DESC NULLS LAST, id) AS rn, id, fare
      FROM (SELECT *, time_bucket(INTERVAL 5 MINUTE, rt, TIMESTAMP '1970-01-01') AS w FROM trips) QUALIFY rn <= 3`,
  },
  {
    name: 'the last row of each partition of hopping windows, the latest of the same time',
    sink: 'area INT, w TIMESTAMP(3), id BIGINT, rt TIMESTAMP(3)',
    flink: `SELECT area, window_start, id, rt FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY area, window_start, window_end ORDER BY rt DESC) AS rn
      FROM TABLE(HOP(TABLE trips, DESCRIPTOR(rt), INTERVAL '4' MINUTE, INTERVAL '12' MINUTE)) WHERE fare > 2) WHERE rn = 1`,
    duckdb: `SELECT area, w, id, rt FROM (SELECT *, time_bucket(INTERVAL 4 MINUTE, rt, TIMESTAMP '1970-01-01') - i * INTERVAL 4 MINUTE AS w
      FROM trips, range(3) r(i)) WHERE fare > 2 QUALIFY row_number() OVER (PARTITION BY area, w ORDER BY rt DESC, id DESC) = 1`,
  },
  {
    name: 'the largest groups of each window, and then their grouping by the same window',
    sink: 'w TIMESTAMP(3), n BIGINT, most BIGINT',
    flink: `SELECT window_start, COUNT(*), MAX(n) FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end ORDER BY n DESC, driver NULLS LAST) AS rn
      FROM (SELECT driver, window_start, window_end, COUNT(*) AS n FROM TABLE(CUMULATE(TABLE trips, DESCRIPTOR(rt), INTERVAL '5' MINUTE, INTERVAL '20' MINUTE))
        GROUP BY driver, window_start, window_end)) WHERE rn BETWEEN 2 AND 4 GROUP BY window_start, window_end`,
    duckdb: `SELECT w, count(*), max(n) FROM (SELECT w, e, n, row_number() OVER (PARTITION BY w, e ORDER BY n DESC, driver NULLS LAST) AS rn
      FROM (SELECT driver, w, e, count(*) AS n FROM (SELECT *, time_bucket(INTERVAL 20 MINUTE, rt, TIMESTAMP '1970-01-01') AS w,
        w + i * INTERVAL 5 MINUTE AS e FROM trips, range(1, 5) r(i)) WHERE e > rt GROUP BY w, e, driver)) WHERE rn BETWEEN 2 AND 4 GROUP BY w, e`,
  },
]

function planOf(query: (typeof queries)[number]): Plan {
  return planScript(`${table}
    CREATE TABLE answers (${query.sink}) WITH ('connector' = 'kafka', 'format' = 'json');
    INSERT INTO answers ${query.flink};`)
}

for (const query of queries) {
  describe(`incremental equals recompute: ${query.name}`, () => {
    for (let seed = 1; seed <= 2; seed++) {
      it(`for any prefix, cut into batches of any size (seed ${seed})`, async () => {
        const random = seededRandom(seed)
        const rows = history(random, 250)
        const plan = planOf(query)
        for (const length of [0, 1, 50 + random.below(150), rows.length]) {
          const prefix = rows.slice(0, length)
          const expected = await batchAnswer(prefix, query.duckdb)
          const whole = await answersOf(plan, prefix, { batchSize: 1_000_000 })
          assert.deepEqual([...whole].sort(), expected)
          for (const batchSize of [3 + random.below(20), 30 + random.below(200)]) {
            const limits = { closedRowsPerStepMax: 1 + random.below(9), paneCompactionRowsMin: 4 }
            const cut = await answersOf(plan, prefix, { batchSize, limits })
            // Not only the same rows: they come in the same order.
            assert.deepEqual(cut, whole, `batches of ${batchSize}`)
          }
        }
      })

      if (seed > 1) continue
      it('stopped and started again after every step, late rows too', async () => {
        const random = seededRandom(seed)
        const rows = history(random, 100).map((row, index) => {
          return random.below(10) === 0 ? { ...row, rt: '2026-01-04T00:00:00.000', id: index } : row
        })
        const batches: Row[][] = []
        for (let at = 0; at < rows.length; ) {
          const size = 1 + random.below(30)
          batches.push(rows.slice(at, at + size))
          at += size
        }
        const plan = planOf(query)
        const limits = { closedRowsPerStepMax: 1 + random.below(9), paneCompactionRowsMin: 4 }
        const whole = await stepsOf(plan, batches, { restarts: false })
        assert.deepEqual(await stepsOf(plan, batches, { restarts: true, limits }), whole)
        assert.ok(whole.late > 0, 'some are late')
      })
    }
  })
}
