import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { DuckDBInstance } from '@duckdb/node-api'
import { type Random, seededRandom } from '@millrace/host'
import type { OperatorLimits } from '../../src/operators/limits.js'
import { runOnce } from '../../src/runtime/run-once.js'
import { planScript } from '../../src/script.js'

type Row = Record<string, unknown>

const table = `
  CREATE TABLE trips (
    id BIGINT, area INT, driver STRING, fare DOUBLE, tip DECIMAL(8, 2), rt TIMESTAMP(3),
    WATERMARK FOR rt AS rt - INTERVAL '2' MINUTE
  ) WITH ('connector' = 'kafka', 'format' = 'json');`

/** A query in Flink's words, and what it means in DuckDB's over all rows at once. */
const queries = [
  {
    name: 'every aggregate, keys that may be NULL',
    sink: 'area INT, w TIMESTAMP(3), n BIGINT, s BIGINT, tips DECIMAL(38, 2), lo DOUBLE, hi STRING, mean BIGINT, mt DECIMAL(38, 6)',
    flink: `SELECT area, window_start, COUNT(*), SUM(id), SUM(tip), MIN(fare), MAX(driver), AVG(id), AVG(tip)
      FROM TABLE(TUMBLE(TABLE trips, DESCRIPTOR(rt), INTERVAL '5' MINUTE))
      GROUP BY area, window_start, window_end`,
    duckdb: `SELECT area, time_bucket(INTERVAL 5 MINUTE, rt, TIMESTAMP '1970-01-01') AS w, count(*),
      sum(id), sum(tip), min(fare), max(driver), sum(id) // count(id),
      round(sum(tip)::DOUBLE / count(tip), 6) FROM trips GROUP BY 1, 2`,
  },
  {
    name: 'filters before, within and after, distinct, two keys',
    sink: 'driver STRING, area INT, w TIMESTAMP(3), n BIGINT, few BIGINT, kinds BIGINT, late_fares DOUBLE',
    flink: `SELECT driver, area, window_end, COUNT(fare), COUNT(*) FILTER (WHERE fare > 20),
        COUNT(DISTINCT area), MAX(fare) FILTER (WHERE id > 100)
      FROM TABLE(TUMBLE(TABLE trips, DESCRIPTOR(rt), INTERVAL '17' MINUTE))
      WHERE area IS NOT NULL AND driver <> 'driver 3'
      GROUP BY driver, area, window_start, window_end HAVING COUNT(*) > 1`,
    duckdb: `SELECT driver, area, time_bucket(INTERVAL 17 MINUTE, rt, TIMESTAMP '1970-01-01') + INTERVAL 17 MINUTE,
        count(fare), count(*) FILTER (fare > 20), count(DISTINCT area), max(fare) FILTER (id > 100)
      FROM trips WHERE area IS NOT NULL AND driver <> 'driver 3'
      GROUP BY 1, 2, 3 HAVING count(*) > 1`,
  },
  {
    name: 'a window over a window, no keys above',
    sink: 'w TIMESTAMP(3), areas BIGINT, busiest BIGINT, drivers BIGINT',
    flink: `SELECT window_start, COUNT(*), MAX(n), SUM(drivers) FROM TABLE(TUMBLE(TABLE per_area, DESCRIPTOR(t), INTERVAL '20' MINUTE))
      GROUP BY window_start, window_end`,
    views: `CREATE VIEW per_area AS
      SELECT area, COUNT(*) AS n, COUNT(DISTINCT driver) AS drivers, window_time AS t
      FROM TABLE(TUMBLE(TABLE trips, DESCRIPTOR(rt), INTERVAL '5' MINUTE))
      GROUP BY area, window_start, window_end, window_time;`,
    duckdb: `SELECT time_bucket(INTERVAL 20 MINUTE, w, TIMESTAMP '1970-01-01'), count(*), max(n), sum(d)
      FROM (SELECT area, time_bucket(INTERVAL 5 MINUTE, rt, TIMESTAMP '1970-01-01') AS w, count(*) AS n,
        count(DISTINCT driver) AS d FROM trips GROUP BY 1, 2) GROUP BY 1`,
  },
  {
    name: 'no window at all',
    sink: 'id BIGINT, label STRING, half DOUBLE',
    flink: `SELECT id, UPPER(driver) || '!', fare / 2 FROM trips WHERE fare > 10 OR area IS NULL`,
    duckdb: `SELECT id, upper(driver) || '!', fare / 2 FROM trips WHERE fare > 10 OR area IS NULL`,
  },
]

/** In time order but for up to two minutes, which the watermark allows. */
function history(random: Random, count: number): Row[] {
  let minute = 0
  return Array.from({ length: count }, (_, id) => {
    minute += random.below(5) === 0 ? random.below(40) / 10 : 0
    const at = Date.UTC(2026, 0, 4) + Math.floor(minute * 60_000) - random.below(120_000)
    const maybe = (value: unknown) => (random.below(12) === 0 ? null : value)
    return {
      id,
      area: maybe(random.below(4)),
      driver: maybe(
        random.below(3) === 0 ? 'a driver with a long name' : `driver ${random.below(5)}`,
      ),
      fare: maybe(random.below(4000) / 100),
      tip: maybe((random.below(1000) / 100 - 2).toFixed(2)),
      rt: new Date(at).toISOString().replace('Z', ''),
    }
  })
}

async function batchAnswer(rows: readonly Row[], sql: string): Promise<string[]> {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  await connection.run(
    'CREATE TABLE trips (id BIGINT, area INT, driver VARCHAR, fare DOUBLE, tip DECIMAL(8, 2), rt TIMESTAMP)',
  )
  const literal = (value: unknown) => (value === null ? 'NULL' : `'${value}'`)
  const tuples = rows.map((row) => `(${Object.values(row).map(literal).join(', ')})`)
  if (tuples.length > 0) await connection.run(`INSERT INTO trips VALUES ${tuples.join(', ')}`)
  const reader = await connection.runAndReadAll(sql)
  const answer = reader.getRowsJson().map((values) => values.map(canonical).join(' '))
  connection.closeSync()
  instance.closeSync()
  return answer.sort()
}

function canonical(value: unknown): string {
  if (value === null) return 'NULL'
  const number = Number(value)
  return Number.isNaN(number) ? String(value).replace('T', ' ') : String(Number(number.toFixed(6)))
}

async function answerOf(
  query: (typeof queries)[number],
  rows: readonly Row[],
  options: { batchSize: number; limits?: OperatorLimits },
) {
  const plan = planScript(`${table} ${query.views ?? ''}
    CREATE TABLE answers (${query.sink}) WITH ('connector' = 'kafka', 'format' = 'json');
    INSERT INTO answers ${query.flink};`)
  const result = await runOnce(plan, new Map([['trips', rows]]), options)
  return (result.get('answers') ?? []).map((row) => Object.values(row).map(canonical).join(' '))
}

for (const query of queries) {
  describe(`incremental equals recompute: ${query.name}`, () => {
    for (let seed = 1; seed <= 3; seed++) {
      it(`for any prefix, cut into batches of any size (seed ${seed})`, async () => {
        const random = seededRandom(seed)
        const rows = history(random, 400)
        for (const length of [0, 1, 50 + random.below(300), rows.length]) {
          const prefix = rows.slice(0, length)
          const expected = await batchAnswer(prefix, query.duckdb)
          const whole = await answerOf(query, prefix, { batchSize: 1_000_000 })
          assert.deepEqual([...whole].sort(), expected)
          for (const batchSize of [1 + random.below(20), 30 + random.below(200)]) {
            const limits = { closedRowsPerStepMax: 1 + random.below(9), paneCompactionRowsMin: 4 }
            const cut = await answerOf(query, prefix, { batchSize, limits })
            // Not only the same rows: they come in the same order.
            assert.deepEqual(cut, whole, `batches of ${batchSize}`)
          }
        }
      })
    }
  })
}
