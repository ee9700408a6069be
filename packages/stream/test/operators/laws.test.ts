import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { seededRandom } from '@millrace/host'
import type { OperatorLimits } from '../../src/operators/limits.js'
import { planScript } from '../../src/script.js'
import { answersOf } from './recompute.js'
import { batchAnswer, history, type Row, table } from './trips.js'

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
    name: 'hopping windows, distinct, an offset',
    sink: 'area INT, w TIMESTAMP(3), e TIMESTAMP(3), n BIGINT, s BIGINT, drivers BIGINT, lo DOUBLE',
    flink: `SELECT area, window_start, window_end, COUNT(*), SUM(id), COUNT(DISTINCT driver), MIN(fare)
      FROM TABLE(HOP(TABLE trips, DESCRIPTOR(rt), INTERVAL '4' MINUTE, INTERVAL '12' MINUTE, INTERVAL '1' MINUTE))
      GROUP BY area, window_start, window_end`,
    duckdb: `SELECT area, w, w + INTERVAL 12 MINUTE, count(*), sum(id), count(DISTINCT driver), min(fare)
      FROM (SELECT *, time_bucket(INTERVAL 4 MINUTE, rt, TIMESTAMP '1970-01-01 00:01:00') - i * INTERVAL 4 MINUTE AS w
        FROM trips, range(3) r(i)) GROUP BY 1, 2`,
  },
  {
    name: 'cumulating windows',
    sink: 'driver STRING, w TIMESTAMP(3), e TIMESTAMP(3), n BIGINT, areas BIGINT, mean DECIMAL(38, 6)',
    flink: `SELECT driver, window_start, window_end, COUNT(*), COUNT(DISTINCT area), AVG(tip)
      FROM TABLE(CUMULATE(TABLE trips, DESCRIPTOR(rt), INTERVAL '5' MINUTE, INTERVAL '20' MINUTE, INTERVAL -'3' MINUTE))
      GROUP BY driver, window_start, window_end`,
    duckdb: `SELECT driver, w, e, count(*), count(DISTINCT area), round(sum(tip)::DOUBLE / count(tip), 6)
      FROM (SELECT *, time_bucket(INTERVAL 20 MINUTE, rt, TIMESTAMP '1969-12-31 23:57:00') AS w,
        w + i * INTERVAL 5 MINUTE AS e FROM trips, range(1, 5) r(i)) WHERE e > rt GROUP BY 1, 2, 3`,
  },
  {
    name: 'hopping windows over cumulating ones, over tumbling ones',
    sink: 'w TIMESTAMP(3), n BIGINT, most BIGINT',
    views: `CREATE VIEW per_area AS
      SELECT area, COUNT(*) AS n, window_time AS t
      FROM TABLE(TUMBLE(TABLE trips, DESCRIPTOR(rt), INTERVAL '1' MINUTE))
      GROUP BY area, window_start, window_end, window_time;
      CREATE VIEW so_far AS
      SELECT area, SUM(n) AS n, window_time AS t
      FROM TABLE(CUMULATE(TABLE per_area, DESCRIPTOR(t), INTERVAL '2' MINUTE, INTERVAL '6' MINUTE))
      GROUP BY area, window_start, window_end, window_time;`,
    flink: `SELECT window_start, COUNT(*), MAX(n) FROM TABLE(HOP(TABLE so_far, DESCRIPTOR(t), INTERVAL '3' MINUTE, INTERVAL '9' MINUTE))
      GROUP BY window_start, window_end`,
    duckdb: `WITH so_far AS (SELECT area, e, count(*) AS n FROM (
        SELECT *, time_bucket(INTERVAL 6 MINUTE, rt, TIMESTAMP '1970-01-01') + i * INTERVAL 2 MINUTE AS e
        FROM trips, range(1, 4) r(i)) WHERE e > rt GROUP BY 1, 2)
      SELECT time_bucket(INTERVAL 3 MINUTE, e - INTERVAL 1 MILLISECOND, TIMESTAMP '1970-01-01') - i * INTERVAL 3 MINUTE, count(*), max(n)
      FROM so_far, range(3) r(i) GROUP BY 1`,
  },
  {
    name: 'sessions',
    sink: 'driver STRING, w TIMESTAMP(3), e TIMESTAMP(3), n BIGINT, areas BIGINT, tips DECIMAL(38, 2)',
    flink: `SELECT driver, window_start, window_end, COUNT(*), COUNT(DISTINCT area), SUM(tip)
      FROM TABLE(SESSION(TABLE trips PARTITION BY driver, DESCRIPTOR(rt), INTERVAL '1' MINUTE))
      GROUP BY driver, window_start, window_end`,
    duckdb: `SELECT driver, min(rt), max(rt) + INTERVAL 1 MINUTE, count(*), count(DISTINCT area), sum(tip)
      FROM (SELECT *, sum(s) OVER (PARTITION BY driver ORDER BY rt) AS session FROM (
        SELECT *, CASE WHEN rt - lag(rt) OVER (PARTITION BY driver ORDER BY rt) <= INTERVAL 1 MINUTE THEN 0 ELSE 1 END AS s
        FROM trips)) GROUP BY driver, session`,
  },
  {
    name: 'sessions of all rows, in groups',
    sink: 'area INT, w TIMESTAMP(3), e TIMESTAMP(3), n BIGINT, mean BIGINT',
    flink: `SELECT area, window_start, window_end, COUNT(*), AVG(id)
      FROM TABLE(SESSION(TABLE trips, DESCRIPTOR(rt), INTERVAL '12' SECOND))
      GROUP BY area, window_start, window_end`,
    duckdb: `SELECT area, w, e, count(*), sum(id) // count(id) FROM (
      SELECT *, min(rt) OVER (PARTITION BY session) AS w, max(rt) OVER (PARTITION BY session) + INTERVAL 12 SECOND AS e
      FROM (SELECT *, sum(s) OVER (ORDER BY rt) AS session FROM (
        SELECT *, CASE WHEN rt - lag(rt) OVER (ORDER BY rt) <= INTERVAL 12 SECOND THEN 0 ELSE 1 END AS s
        FROM trips))) GROUP BY 1, 2, 3`,
  },
  {
    name: 'each row with its session, and a condition above',
    sink: 'id BIGINT, driver STRING, tip DECIMAL(8, 2), w TIMESTAMP(3), e TIMESTAMP(3)',
    flink: `SELECT id, driver, tip, window_start, window_end
      FROM TABLE(SESSION(TABLE trips PARTITION BY driver, DESCRIPTOR(rt), INTERVAL '1' MINUTE)) WHERE area > 0`,
    duckdb: `SELECT id, driver, tip, w, e FROM (
      SELECT *, min(rt) OVER (PARTITION BY driver, session) AS w, max(rt) OVER (PARTITION BY driver, session) + INTERVAL 1 MINUTE AS e
      FROM (SELECT *, sum(s) OVER (PARTITION BY driver ORDER BY rt) AS session FROM (
        SELECT *, CASE WHEN rt - lag(rt) OVER (PARTITION BY driver ORDER BY rt) <= INTERVAL 1 MINUTE THEN 0 ELSE 1 END AS s
        FROM trips))) WHERE area > 0`,
  },
  {
    name: 'tumbling windows over rows with their sessions',
    sink: 'w TIMESTAMP(3), n BIGINT, longest BIGINT',
    views: `CREATE VIEW visiting AS
      SELECT TIMESTAMPDIFF(SECOND, window_start, window_end) AS seconds, window_time AS t
      FROM TABLE(SESSION(TABLE trips, DESCRIPTOR(rt), INTERVAL '12' SECOND));`,
    flink: `SELECT window_start, COUNT(*), MAX(seconds) FROM TABLE(TUMBLE(TABLE visiting, DESCRIPTOR(t), INTERVAL '5' MINUTE))
      GROUP BY window_start, window_end`,
    duckdb: `SELECT time_bucket(INTERVAL 5 MINUTE, e - INTERVAL 1 MILLISECOND, TIMESTAMP '1970-01-01'), count(*), max(epoch_ms(e - w) // 1000)
      FROM (SELECT min(rt) OVER (PARTITION BY session) AS w, max(rt) OVER (PARTITION BY session) + INTERVAL 12 SECOND AS e
        FROM (SELECT *, sum(s) OVER (ORDER BY rt) AS session FROM (
          SELECT *, CASE WHEN rt - lag(rt) OVER (ORDER BY rt) <= INTERVAL 12 SECOND THEN 0 ELSE 1 END AS s
          FROM trips))) GROUP BY 1`,
  },
  {
    name: 'tumbling windows over sessions',
    sink: 'w TIMESTAMP(3), n BIGINT, longest BIGINT',
    views: `CREATE VIEW visits AS
      SELECT driver, area, COUNT(*) AS n, window_time AS t
      FROM TABLE(SESSION(TABLE trips PARTITION BY (area, driver), DESCRIPTOR(rt), INTERVAL '1' MINUTE))
      GROUP BY driver, area, window_start, window_end, window_time;`,
    flink: `SELECT window_start, COUNT(*), MAX(n) FROM TABLE(TUMBLE(TABLE visits, DESCRIPTOR(t), INTERVAL '5' MINUTE))
      GROUP BY window_start, window_end`,
    duckdb: `SELECT time_bucket(INTERVAL 5 MINUTE, t, TIMESTAMP '1970-01-01'), count(*), max(n)
      FROM (SELECT max(rt) + INTERVAL 59999 MILLISECOND AS t, count(*) AS n
        FROM (SELECT *, sum(s) OVER (PARTITION BY driver, area ORDER BY rt) AS session FROM (
          SELECT *, CASE WHEN rt - lag(rt) OVER (PARTITION BY driver, area ORDER BY rt) <= INTERVAL 1 MINUTE THEN 0 ELSE 1 END AS s
          FROM trips)) GROUP BY driver, area, session) GROUP BY 1`,
  },
  {
    name: 'hopping windows that are not grouped by',
    sink: 'id BIGINT, w TIMESTAMP(3), e TIMESTAMP(3), t TIMESTAMP(3)',
    flink: `SELECT id, window_start, window_end, window_time
      FROM TABLE(HOP(TABLE trips, DESCRIPTOR(rt), INTERVAL '4' MINUTE, INTERVAL '12' MINUTE, INTERVAL '1' MINUTE))
      WHERE area > 1`,
    duckdb: `SELECT id, w, w + INTERVAL 12 MINUTE, w + INTERVAL 719999 MILLISECOND
      FROM (SELECT *, time_bucket(INTERVAL 4 MINUTE, rt, TIMESTAMP '1970-01-01 00:01:00') - i * INTERVAL 4 MINUTE AS w
        FROM trips, range(3) r(i)) WHERE area > 1`,
  },
  {
    name: 'a condition on hopping windows, then their grouping',
    sink: 'w TIMESTAMP(3), e TIMESTAMP(3), n BIGINT, areas BIGINT, soonest TIMESTAMP(3)',
    views: `CREATE VIEW odd AS SELECT area, window_start AS s, window_end AS e, window_time AS t
      FROM TABLE(HOP(TABLE trips, DESCRIPTOR(rt), INTERVAL '4' MINUTE, INTERVAL '12' MINUTE))
      WHERE MOD(EXTRACT(MINUTE FROM window_start), 8) = 4;`,
    flink: `SELECT s, e, COUNT(*), COUNT(DISTINCT area), MIN(t) FROM odd GROUP BY s, e`,
    duckdb: `SELECT w, w + INTERVAL 12 MINUTE, count(*), count(DISTINCT area), w + INTERVAL 719999 MILLISECOND
      FROM (SELECT *, time_bucket(INTERVAL 4 MINUTE, rt, TIMESTAMP '1970-01-01') - i * INTERVAL 4 MINUTE AS w
        FROM trips, range(3) r(i)) WHERE minute(w) % 8 = 4 GROUP BY 1`,
  },
  {
    name: 'cumulating windows grouped, and grouped again by the same windows',
    sink: 'w TIMESTAMP(3), e TIMESTAMP(3), drivers BIGINT, most BIGINT',
    views: `CREATE VIEW per_driver AS SELECT driver, window_start, window_end, COUNT(*) AS n
      FROM TABLE(CUMULATE(TABLE trips, DESCRIPTOR(rt), INTERVAL '5' MINUTE, INTERVAL '20' MINUTE))
      GROUP BY driver, window_start, window_end HAVING COUNT(*) > 1;`,
    flink: `SELECT window_start, window_end, COUNT(*), MAX(n) FROM per_driver GROUP BY window_start, window_end`,
    duckdb: `SELECT w, e, count(*), max(n) FROM (SELECT w, e, count(*) AS n
      FROM (SELECT *, time_bucket(INTERVAL 20 MINUTE, rt, TIMESTAMP '1970-01-01') AS w,
        w + i * INTERVAL 5 MINUTE AS e FROM trips, range(1, 5) r(i)) WHERE e > rt GROUP BY w, e, driver) WHERE n > 1 GROUP BY 1, 2`,
  },
  {
    name: 'grouping sets in a window, NULL as a key and as no key',
    sink: 'area INT, driver STRING, w TIMESTAMP(3), n BIGINT, ids BIGINT, no_area BIGINT, which BIGINT, drivers BIGINT',
    flink: `SELECT area, driver, window_start, COUNT(*), SUM(id), GROUPING(area), GROUPING_ID(driver, area), COUNT(DISTINCT driver)
      FROM TABLE(TUMBLE(TABLE trips, DESCRIPTOR(rt), INTERVAL '5' MINUTE))
      GROUP BY window_start, window_end, GROUPING SETS ((area, driver), (area), ROLLUP (driver))`,
    duckdb: `SELECT area, driver, w, count(*), sum(id), grouping(area), grouping(driver, area), count(DISTINCT driver)
      FROM (SELECT *, time_bucket(INTERVAL 5 MINUTE, rt, TIMESTAMP '1970-01-01') AS w FROM trips)
      GROUP BY GROUPING SETS ((w, area, driver), (w, area), (w, driver), (w))`,
  },
  {
    name: 'a cube over hopping windows',
    sink: 'area INT, odd BIGINT, w TIMESTAMP(3), n BIGINT, which BIGINT',
    flink: `SELECT area, MOD(id, 2), window_end, COUNT(*), GROUPING_ID(area, MOD(id, 2))
      FROM TABLE(HOP(TABLE trips, DESCRIPTOR(rt), INTERVAL '5' MINUTE, INTERVAL '10' MINUTE))
      GROUP BY CUBE (area, MOD(id, 2)), window_start, window_end HAVING GROUPING(area) = 0 OR COUNT(*) > 2`,
    duckdb: `SELECT area, id % 2 AS odd, w + INTERVAL 10 MINUTE, count(*), grouping(area, id % 2)
      FROM (SELECT *, time_bucket(INTERVAL 5 MINUTE, rt, TIMESTAMP '1970-01-01') - i * INTERVAL 5 MINUTE AS w
        FROM trips, range(2) r(i)) GROUP BY GROUPING SETS ((w, area, id % 2), (w, area), (w, id % 2), (w))
      HAVING grouping(area) = 0 OR count(*) > 2`,
  },
  {
    name: 'no window at all',
    sink: 'id BIGINT, label STRING, half DOUBLE',
    flink: `SELECT id, UPPER(driver) || '!', fare / 2 FROM trips WHERE fare > 10 OR area IS NULL`,
    duckdb: `SELECT id, upper(driver) || '!', fare / 2 FROM trips WHERE fare > 10 OR area IS NULL`,
  },
]

async function answerOf(
  query: (typeof queries)[number],
  rows: readonly Row[],
  options: { batchSize: number; limits?: OperatorLimits },
) {
  const plan = planScript(`${table} ${query.views ?? ''}
    CREATE TABLE answers (${query.sink}) WITH ('connector' = 'kafka', 'format' = 'json');
    INSERT INTO answers ${query.flink};`)
  return answersOf(plan, rows, options)
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
