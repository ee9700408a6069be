import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { seededRandom } from '@millrace/host'
import type { Plan } from '../../src/plan/node.js'
import { runOnce } from '../../src/runtime/run-once.js'
import { planScript } from '../../src/script.js'
import { stepsOf } from './stepper.js'
import { batchAnswer, canonical, history, type Row, table } from './trips.js'

/** Queries that give rows in an order, and what they mean in DuckDB's words. */
const queries = [
  {
    name: 'the first rows that came',
    sink: 'id BIGINT, driver STRING',
    flink: 'SELECT id, driver FROM trips LIMIT 50 OFFSET 7',
    duckdb: 'SELECT id, driver FROM trips ORDER BY id LIMIT 50 OFFSET 7',
    isLate: false,
  },
  {
    name: 'all rows by their event time',
    sink: 'rt TIMESTAMP(3), id BIGINT, fare DOUBLE',
    flink: 'SELECT rt, id, fare FROM trips WHERE fare > 1 ORDER BY rt',
    duckdb: 'SELECT rt, id, fare FROM trips WHERE fare > 1',
    isLate: true,
  },
  {
    name: 'all rows by their event time, and by others',
    sink: 'rt TIMESTAMP(3), id BIGINT, area INT, tip DECIMAL(8, 2)',
    flink: 'SELECT rt, id, area, tip FROM trips ORDER BY rt, area DESC NULLS FIRST, tip + 1',
    duckdb: 'SELECT rt, id, area, tip FROM trips',
    isLate: true,
  },
]

function planOf(query: (typeof queries)[number]): Plan {
  return planScript(`${table}
    CREATE TABLE answers (${query.sink}) WITH ('connector' = 'kafka', 'format' = 'json');
    INSERT INTO answers ${query.flink};`)
}

async function answerOf(plan: Plan, rows: readonly Row[], batchSize: number) {
  const result = await runOnce(plan, new Map([['trips', rows]]), { batchSize })
  return (result.get('answers') ?? []).map((row) => Object.values(row).map(canonical).join(' '))
}

for (const query of queries) {
  describe(`incremental equals recompute: ${query.name}`, () => {
    const plan = planOf(query)
    for (let seed = 1; seed <= 2; seed++) {
      it(`in the same order, for any prefix, cut into batches of any size (seed ${seed})`, async () => {
        const random = seededRandom(seed)
        const rows = history(random, 250)
        for (const length of [0, 1, 50 + random.below(150), rows.length]) {
          const prefix = rows.slice(0, length)
          const whole = await answerOf(plan, prefix, 1_000_000)
          assert.deepEqual([...whole].sort(), await batchAnswer(prefix, query.duckdb))
          const times = whole.map((row) => row.slice(0, 24))
          if (query.isLate) assert.deepEqual(times, [...times].sort())
          for (const batchSize of [3 + random.below(20), 30 + random.below(200)]) {
            const cut = await answerOf(plan, prefix, batchSize)
            assert.deepEqual(cut, whole, `batches of ${batchSize}`)
          }
        }
      })

      if (seed > 1) continue
      it('stopped and started again after every step, late rows too', async () => {
        const random = seededRandom(seed)
        const rows = history(random, 100).map((row) => {
          return random.below(10) === 0 ? { ...row, rt: '2026-01-04T00:00:00.000' } : row
        })
        const batches: Row[][] = []
        for (let at = 0; at < rows.length; ) {
          const size = 1 + random.below(30)
          batches.push(rows.slice(at, at + size))
          at += size
        }
        const steps = await stepsOf(plan, batches, { restarts: false })
        assert.deepEqual(await stepsOf(plan, batches, { restarts: true }), steps)
        assert.equal(steps.late > 0, query.isLate)
      })
    }
  })
}
