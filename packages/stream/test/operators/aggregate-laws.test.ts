import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { seededRandom } from '@millrace/host'
import type { Plan } from '../../src/plan/plan.js'
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
    sink: 'area INT, a DOUBLE, b DOUBLE, c DOUBLE, d DOUBLE, PRIMARY KEY (area)',
    flink: `SELECT area, ROUND(VAR_POP(fare) * ${odd}, 4), ROUND(VAR_SAMP(fare) FILTER (WHERE id > 9) * ${odd}, 4),
        ROUND(POWER(STDDEV_POP(fare), 2) * ${odd}, 4), ROUND(POWER(STDDEV(fare), 2) * ${odd}, 4)
      FROM trips WHERE area IS NOT NULL GROUP BY area`,
    duckdb: `SELECT area, ${varPop('fare')}, ${varSamp('fare) FILTER (id > 9')}, ${varPop('fare')}, ${varSamp('fare')}
      FROM trips WHERE area IS NOT NULL GROUP BY 1`,
  },
  {
    name: 'spreads of what is taken back',
    sink: 'k STRING, a DOUBLE, b DOUBLE, n BIGINT, PRIMARY KEY (k)',
    flink: `SELECT 'all', ROUND(VAR_POP(lo) * ${odd}, 4), ROUND(VARIANCE(CAST(n AS DOUBLE)) * ${odd}, 4), COUNT(*) FROM
      (SELECT area, driver, COUNT(*) AS n, MIN(fare) AS lo FROM trips GROUP BY area, driver)`,
    duckdb: `SELECT 'all', ${varPop('lo')}, ${varSamp('n')}, count(*) FROM
      (SELECT area, driver, count(*) AS n, min(fare) AS lo FROM trips GROUP BY 1, 2) HAVING count(*) > 0`,
  },
  {
    name: 'the first, the last and all of them, in the order in which they came',
    sink: 'area INT, f STRING, l DOUBLE, ids STRING, some STRING, PRIMARY KEY (area)',
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
  {
    name: 'all values of groups, each once or as often as it comes',
    sink: 'area INT, ids STRING, once STRING, n INT, kinds STRING, js STRING, tips STRING, p DOUBLE, PRIMARY KEY (area)',
    flink: `SELECT area, ARRAY_JOIN(ARRAY_AGG(CAST(id AS STRING)), ','), LISTAGG(DISTINCT driver, '+'),
        CARDINALITY(ARRAY_AGG(fare)), CAST(COLLECT(driver) AS STRING), JSON_ARRAYAGG(driver NULL ON NULL),
        JSON_OBJECTAGG(KEY CAST(id AS STRING) VALUE tip ABSENT ON NULL), PERCENTILE(fare, 0.3)
      FROM trips WHERE area IS NOT NULL GROUP BY area`,
    duckdb: `SELECT area, string_agg(id, ',' ORDER BY id),
        (SELECT string_agg(driver, '+' ORDER BY first) FROM (SELECT driver, min(id) AS first FROM trips i WHERE i.area = t.area AND driver IS NOT NULL GROUP BY 1)),
        count(*),
        '{' || coalesce((SELECT string_agg(driver || '=' || n, ', ' ORDER BY driver) FROM (SELECT driver, count(*) AS n FROM trips i WHERE i.area = t.area AND driver IS NOT NULL GROUP BY 1)), '') || '}',
        '[' || string_agg(coalesce('"' || driver || '"', 'null'), ',' ORDER BY id) || ']',
        '{' || coalesce(string_agg('"' || id || '":' || tip, ',' ORDER BY CAST(id AS VARCHAR)) FILTER (tip IS NOT NULL), '') || '}', quantile_cont(fare, 0.3)
      FROM trips t WHERE area IS NOT NULL GROUP BY 1`,
  },
  {
    name: 'all values of what is taken back',
    sink: 'k BIGINT, ids STRING, once STRING, drivers STRING, js INT, p DOUBLE, PRIMARY KEY (k)',
    flink: `SELECT MOD(n, 3), ARRAY_JOIN(ARRAY_SORT(ARRAY_AGG(CAST(lo AS STRING))), ','),
        ARRAY_JOIN(ARRAY_SORT(ARRAY_AGG(DISTINCT driver IGNORE NULLS)), ','), CAST(COLLECT(driver) FILTER (WHERE n > 1) AS STRING),
        CHAR_LENGTH(JSON_ARRAYAGG(driver)), PERCENTILE(lo, 0.75)
      FROM (SELECT area, driver, COUNT(*) AS n, MIN(id) AS lo FROM trips GROUP BY area, driver) GROUP BY MOD(n, 3)`,
    duckdb: `WITH pairs AS (SELECT area, driver, count(*) AS n, CAST(min(id) AS VARCHAR) AS lo FROM trips GROUP BY 1, 2)
      SELECT n % 3 AS k, string_agg(lo, ',' ORDER BY lo),
        (SELECT string_agg(DISTINCT driver, ',' ORDER BY driver) FROM pairs i WHERE i.n % 3 = k),
        '{' || coalesce((SELECT string_agg(driver || '=' || m, ', ' ORDER BY driver) FROM (SELECT driver, count(*) AS m FROM pairs i WHERE i.n % 3 = k AND n > 1 AND driver IS NOT NULL GROUP BY 1)), '') || '}',
        length('[' || coalesce(string_agg('"' || driver || '"', ','), '') || ']'), quantile_cont(CAST(lo AS BIGINT)::DOUBLE, 0.75)
      FROM pairs GROUP BY 1`,
  },
  {
    name: 'all values of hopping windows, the latest slice first',
    sink: 'driver STRING, w TIMESTAMP(3), ids STRING, n INT',
    flink: `SELECT driver, window_start, LISTAGG(CAST(id AS STRING)), CARDINALITY(ARRAY_AGG(DISTINCT area))
      FROM TABLE(HOP(TABLE trips, DESCRIPTOR(rt), INTERVAL '4' MINUTE, INTERVAL '12' MINUTE)) GROUP BY driver, window_start, window_end`,
    duckdb: `SELECT driver, w, string_agg(id, ',' ORDER BY slice DESC, id), count(DISTINCT area) + CASE WHEN bool_or(area IS NULL) THEN 1 ELSE 0 END
      FROM (SELECT *, slice - i * INTERVAL 4 MINUTE AS w
        FROM (SELECT *, time_bucket(INTERVAL 4 MINUTE, rt, TIMESTAMP '1970-01-01') AS slice FROM trips), range(3) r(i)) GROUP BY 1, 2`,
  },
  {
    name: 'all values of sessions, in the order in which they came',
    sink: 'driver STRING, w TIMESTAMP(3), ids STRING, areas STRING, kinds STRING',
    flink: `SELECT driver, window_start, LISTAGG(CAST(id AS STRING), '+') FILTER (WHERE fare > 10), JSON_ARRAYAGG(area NULL ON NULL), CAST(COLLECT(area) AS STRING)
      FROM TABLE(SESSION(TABLE trips PARTITION BY driver, DESCRIPTOR(rt), INTERVAL '1' MINUTE)) GROUP BY driver, window_start, window_end`,
    duckdb: `WITH sessions AS (SELECT *, sum(s) OVER (PARTITION BY driver ORDER BY rt) AS session FROM (
        SELECT *, CASE WHEN rt - lag(rt) OVER (PARTITION BY driver ORDER BY rt) <= INTERVAL 1 MINUTE THEN 0 ELSE 1 END AS s FROM trips))
      SELECT driver, min(rt), string_agg(id, '+' ORDER BY id) FILTER (fare > 10),
        '[' || string_agg(coalesce(CAST(area AS VARCHAR), 'null'), ',' ORDER BY id) || ']',
        '{' || coalesce((SELECT string_agg(area || '=' || n, ', ' ORDER BY area) FROM (SELECT area, count(*) AS n FROM sessions i
          WHERE i.driver IS NOT DISTINCT FROM t.driver AND i.session = t.session AND area IS NOT NULL GROUP BY 1)), '') || '}'
      FROM sessions t GROUP BY driver, session`,
  },
]

function planOf({ sink, flink }: (typeof queries)[number]): Plan {
  const connector = sink.includes('PRIMARY KEY')
    ? `'connector' = 'upsert-kafka', 'key.format' = 'json', 'value.format' = 'json'`
    : `'connector' = 'kafka', 'format' = 'json'`
  return planScript(`${table} CREATE TABLE answers (${sink.replace('some', '`some`').replace(/(PRIMARY KEY .*)/, '$1 NOT ENFORCED')}) WITH (${connector});
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
