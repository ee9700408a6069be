import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { seededRandom } from '@millrace/host'
import type { Plan } from '../../src/plan/node.js'
import { planScript } from '../../src/script.js'
import { answersOf } from './recompute.js'
import { stepsOf } from './stepper.js'
import { batchAnswer, history, table } from './trips.js'

/** What is rounded must not lie in the middle: the last digits of doubles differ. */
const odd = 0.7310585786300049
const spread = (function_: string) => (of: string) => `round(${function_}(${of}) * ${odd}, 4)`
const [varPop, varSamp] = [spread('var_pop'), spread('var_samp')]

/** A query in Flink's words, and what it means in DuckDB's over all rows at once. */
const queries = [
  {
    name: 'spreads of groups',
    sink: 'area INT, a DOUBLE, b DOUBLE, c DOUBLE, d DOUBLE, PRIMARY KEY (area) NOT ENFORCED',
    flink: `SELECT area, ROUND(VAR_POP(fare) * ${odd}, 4), ROUND(VAR_SAMP(fare) FILTER (WHERE id > 9) * ${odd}, 4),
        ROUND(POWER(STDDEV_POP(fare), 2) * ${odd}, 4), ROUND(POWER(STDDEV(fare), 2) * ${odd}, 4)
      FROM trips WHERE area IS NOT NULL GROUP BY area`,
    duckdb: `SELECT area, ${varPop('fare')}, ${varSamp('fare) FILTER (id > 9')}, ${varPop('fare')}, ${varSamp('fare')}
      FROM trips WHERE area IS NOT NULL GROUP BY 1`,
  },
  {
    name: 'spreads of what is taken back',
    sink: 'k STRING, a DOUBLE, b DOUBLE, n BIGINT, PRIMARY KEY (k) NOT ENFORCED',
    flink: `SELECT 'all', ROUND(VAR_POP(lo) * ${odd}, 4), ROUND(VARIANCE(CAST(n AS DOUBLE)) * ${odd}, 4), COUNT(*) FROM
      (SELECT area, driver, COUNT(*) AS n, MIN(fare) AS lo FROM trips GROUP BY area, driver)`,
    duckdb: `SELECT 'all', ${varPop('lo')}, ${varSamp('n')}, count(*) FROM
      (SELECT area, driver, count(*) AS n, min(fare) AS lo FROM trips GROUP BY 1, 2) HAVING count(*) > 0`,
  },
  {
    name: 'the first, the last and all of them, in the order in which they came',
    sink: 'area INT, f STRING, l DOUBLE, ids STRING, some STRING, PRIMARY KEY (area) NOT ENFORCED',
    flink: `SELECT area, FIRST_VALUE(driver), LAST_VALUE(fare) FILTER (WHERE id > 20), LISTAGG(CAST(id AS STRING)), LISTAGG(driver, ' - ') FILTER (WHERE fare > 30)
      FROM trips WHERE area IS NOT NULL GROUP BY area`,
    duckdb: `SELECT area, first(driver ORDER BY id) FILTER (driver IS NOT NULL), last(fare ORDER BY id) FILTER (fare IS NOT NULL AND id > 20),
        string_agg(id, ',' ORDER BY id), string_agg(driver, ' - ' ORDER BY id) FILTER (fare > 30)
      FROM trips WHERE area IS NOT NULL GROUP BY 1`,
  },
  {
    name: 'the same of windows',
    sink: 'driver STRING, w TIMESTAMP(3), f BIGINT, l DOUBLE, ids STRING, v DOUBLE',
    flink: `SELECT driver, window_start, FIRST_VALUE(id), LAST_VALUE(tip * 2), LISTAGG(CAST(id AS STRING), '+'), ROUND(VAR_SAMP(fare) * ${odd}, 4)
      FROM TABLE(TUMBLE(TABLE trips, DESCRIPTOR(rt), INTERVAL '5' MINUTE)) GROUP BY driver, window_start, window_end`,
    duckdb: `SELECT driver, w, first(id ORDER BY id), last(tip * 2 ORDER BY id) FILTER (tip IS NOT NULL), string_agg(id, '+' ORDER BY id), ${varSamp('fare')}
      FROM (SELECT *, time_bucket(INTERVAL 5 MINUTE, rt, TIMESTAMP '1970-01-01') AS w FROM trips) GROUP BY 1, 2`,
  },
]

function planOf({ sink, flink }: (typeof queries)[number]): Plan {
  const connector = sink.includes('PRIMARY KEY')
    ? `'connector' = 'upsert-kafka', 'key.format' = 'json', 'value.format' = 'json'`
    : `'connector' = 'kafka', 'format' = 'json'`
  return planScript(`${table} CREATE TABLE answers (${sink.replace('some', '`some`')}) WITH (${connector});
    INSERT INTO answers ${flink};`)
}

const limits = { closedRowsPerStepMax: 7, paneCompactionRowsMin: 4 }

for (const query of queries) {
  describe(`incremental equals recompute: ${query.name}`, () => {
    const plan = planOf(query)
    for (let seed = 1; seed <= 2; seed++) {
      it(`for any prefix, cut into batches of any size (seed ${seed})`, async () => {
        const random = seededRandom(seed)
        const rows = history(random, 200)
        for (const length of [0, 1, 30 + random.below(100), rows.length]) {
          const prefix = rows.slice(0, length)
          const expected = await batchAnswer(prefix, query.duckdb)
          for (const batchSize of [1_000_000, 3 + random.below(20), 30 + random.below(100)]) {
            const answer = await answersOf(plan, prefix, { batchSize, limits })
            assert.deepEqual(answer.sort(), expected, `${length} rows in batches of ${batchSize}`)
          }
        }
      })
    }

    it('stopped and started again after every step', async () => {
      const rows = history(seededRandom(3), 60)
      const batches = [rows.slice(0, 7), rows.slice(7, 30), rows.slice(30)]
      const whole = await stepsOf(plan, batches, { restarts: false })
      assert.deepEqual(await stepsOf(plan, batches, { restarts: true }), whole)
    })
  })
}
