import { equalsRecomputeInOrder } from './recompute.js'

/** A query in Flink's words, and what it means in DuckDB's over all rows at once. */
const queries = [
  {
    name: 'all rows before, with those of the same time',
    sink: 'id BIGINT, n BIGINT, fares DOUBLE, tips DECIMAL(38, 2), mean DECIMAL(38, 6), ids BIGINT, lo DOUBLE, hi STRING',
    flink: `SELECT id, COUNT(*) OVER w, SUM(fare) OVER w, SUM(tip) OVER w, AVG(tip) OVER w, AVG(id) OVER w, MIN(fare) OVER w, MAX(driver) OVER w
      FROM trips WINDOW w AS (PARTITION BY area ORDER BY rt)`,
    duckdb: `SELECT id, count(*) OVER w, sum(fare) OVER w, sum(tip) OVER w, round(sum(tip) OVER w::DOUBLE / count(tip) OVER w, 6),
        sum(id) OVER w // count(id) OVER w, min(fare) OVER w, max(driver) OVER w
      FROM trips WINDOW w AS (PARTITION BY area ORDER BY rt)`,
  },
  {
    name: 'all rows before, row by row, with filters, without a partition',
    sink: 'id BIGINT, n BIGINT, few BIGINT, s BIGINT, a STRING, b STRING',
    flink: `SELECT id, COUNT(fare) OVER w, COUNT(*) FILTER (WHERE fare > 20) OVER w, SUM(id) FILTER (WHERE area > 1) OVER w,
        FIRST_VALUE(driver) OVER w, LAST_VALUE(driver) OVER w
      FROM trips WINDOW w AS (ORDER BY rt ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)`,
    duckdb: `SELECT id, count(fare) OVER w, count(*) FILTER (fare > 20) OVER w, sum(id) FILTER (area > 1) OVER w,
        first_value(driver IGNORE NULLS) OVER w, last_value(driver IGNORE NULLS) OVER w
      FROM trips WINDOW w AS (ORDER BY rt, id ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)`,
  },
  {
    name: 'numbers of rows beside other functions',
    sink: 'id BIGINT, n BIGINT, s BIGINT',
    flink: `SELECT id, ROW_NUMBER() OVER w, SUM(id) OVER w FROM trips WINDOW w AS (PARTITION BY MOD(id, 3) ORDER BY rt)`,
    duckdb: `SELECT id, row_number() OVER (PARTITION BY id % 3 ORDER BY rt, id), sum(id) OVER (PARTITION BY id % 3 ORDER BY rt) FROM trips`,
  },
  {
    name: 'the number of a row alone',
    sink: 'area INT, id BIGINT, n BIGINT',
    flink: 'SELECT area, id, ROW_NUMBER() OVER (PARTITION BY area ORDER BY rt) + 10 FROM trips',
    duckdb:
      'SELECT area, id, row_number() OVER (PARTITION BY area ORDER BY rt, id) + 10 FROM trips',
  },
  {
    name: 'a range of time, distinct too',
    sink: 'id BIGINT, n BIGINT, s BIGINT, kinds BIGINT, tips DECIMAL(38, 2), hi DOUBLE, first STRING, last BIGINT',
    flink: `SELECT id, COUNT(*) OVER w, SUM(id) OVER w, COUNT(DISTINCT driver) OVER w, SUM(DISTINCT tip) OVER w, MAX(fare) OVER w,
        FIRST_VALUE(driver) OVER w, LAST_VALUE(id) OVER w
      FROM trips WINDOW w AS (PARTITION BY area, MOD(id, 2) ORDER BY rt RANGE BETWEEN INTERVAL '3' MINUTE PRECEDING AND CURRENT ROW)`,
    duckdb: `SELECT id, count(*) OVER w, sum(id) OVER w, count(DISTINCT driver) OVER w, sum(DISTINCT tip) OVER w, max(fare) OVER w,
        arg_min(driver, epoch_ms(rt) * 1000 + id) FILTER (driver IS NOT NULL) OVER w,
        arg_max(id, epoch_ms(rt) * 1000 + id) OVER w
      FROM trips WINDOW w AS (PARTITION BY area, id % 2 ORDER BY rt RANGE BETWEEN INTERVAL 3 MINUTE PRECEDING AND CURRENT ROW)`,
  },
  {
    name: 'rows of the same time alone',
    sink: 'id BIGINT, n BIGINT',
    flink: 'SELECT id, COUNT(*) OVER (ORDER BY rt RANGE CURRENT ROW) FROM trips',
    duckdb:
      'SELECT id, count(*) OVER (ORDER BY rt RANGE BETWEEN CURRENT ROW AND CURRENT ROW) FROM trips',
  },
  {
    name: 'a number of rows',
    sink: 'id BIGINT, n BIGINT, s BIGINT, mean BIGINT, kinds BIGINT, lo STRING, first DOUBLE, last DOUBLE',
    flink: `SELECT id, COUNT(fare) OVER w, SUM(id) OVER w, AVG(id) OVER w, COUNT(DISTINCT area) OVER w, MIN(driver) OVER w, FIRST_VALUE(fare) OVER w, LAST_VALUE(fare) OVER w
      FROM trips WINDOW w AS (PARTITION BY driver ORDER BY rt ROWS BETWEEN 4 PRECEDING AND CURRENT ROW)`,
    duckdb: `SELECT id, count(fare) OVER w, sum(id) OVER w, sum(id) OVER w // count(id) OVER w, count(DISTINCT area) OVER w, min(driver) OVER w,
        first_value(fare IGNORE NULLS) OVER w, last_value(fare IGNORE NULLS) OVER w
      FROM trips WINDOW w AS (PARTITION BY driver ORDER BY rt, id ROWS BETWEEN 4 PRECEDING AND CURRENT ROW)`,
  },
  {
    name: 'all values before, those of the same time included',
    sink: 'id BIGINT, ids STRING, drivers STRING, kinds STRING',
    flink: `SELECT id, LISTAGG(CAST(id AS STRING)) FILTER (WHERE fare > 10) OVER w, ARRAY_JOIN(ARRAY_AGG(driver IGNORE NULLS) OVER w, '+'), CAST(COLLECT(driver) OVER w AS STRING)
      FROM trips WINDOW w AS (PARTITION BY area ORDER BY rt)`,
    duckdb: `SELECT id, (SELECT string_agg(id, ',' ORDER BY rt, id) FROM trips i WHERE i.area IS NOT DISTINCT FROM t.area AND i.rt <= t.rt AND fare > 10),
        (SELECT string_agg(driver, '+' ORDER BY rt, id) FROM trips i WHERE i.area IS NOT DISTINCT FROM t.area AND i.rt <= t.rt),
        '{' || coalesce((SELECT string_agg(driver || '=' || n, ', ' ORDER BY driver) FROM (SELECT driver, count(*) AS n FROM trips i
          WHERE i.area IS NOT DISTINCT FROM t.area AND i.rt <= t.rt AND driver IS NOT NULL GROUP BY 1)), '') || '}'
      FROM trips t`,
  },
  {
    name: 'the values of a range, each once',
    sink: 'id BIGINT, ids STRING, areas INT',
    flink: `SELECT id, LISTAGG(DISTINCT CAST(area AS STRING)) OVER w, CARDINALITY(ARRAY_AGG(area) OVER w)
      FROM trips WINDOW w AS (PARTITION BY driver ORDER BY rt RANGE BETWEEN INTERVAL '3' MINUTE PRECEDING AND CURRENT ROW)`,
    duckdb: `SELECT id, (SELECT string_agg(area, ',' ORDER BY first) FROM (SELECT area, min(epoch_ms(rt) * 1000 + id) AS first FROM trips i
          WHERE i.driver IS NOT DISTINCT FROM t.driver AND i.rt BETWEEN t.rt - INTERVAL 3 MINUTE AND t.rt AND area IS NOT NULL GROUP BY 1)),
        (SELECT count(*) FROM trips i WHERE i.driver IS NOT DISTINCT FROM t.driver AND i.rt BETWEEN t.rt - INTERVAL 3 MINUTE AND t.rt)
      FROM trips t`,
  },
  {
    name: 'rows that lie back',
    sink: 'id BIGINT, a DOUBLE, b STRING, c BIGINT',
    flink: `SELECT id, LAG(fare) OVER w, LAG(driver, 3) OVER w, LAG(id, 2, -1) OVER w FROM trips WINDOW w AS (PARTITION BY area ORDER BY rt)`,
    duckdb: `SELECT id, lag(fare) OVER w, lag(driver, 3) OVER w, lag(id, 2, -1) OVER w FROM trips WINDOW w AS (PARTITION BY area ORDER BY rt, id)`,
  },
  {
    name: 'over a window, and a window over that',
    sink: 'w TIMESTAMP(3), n BIGINT, most BIGINT',
    views: `CREATE VIEW per_area AS SELECT area, COUNT(*) AS n, window_time AS t
      FROM TABLE(TUMBLE(TABLE trips, DESCRIPTOR(rt), INTERVAL '1' MINUTE)) GROUP BY area, window_start, window_end, window_time;
      CREATE VIEW last_three AS SELECT area, t, SUM(n) OVER (PARTITION BY area ORDER BY t ROWS BETWEEN 2 PRECEDING AND CURRENT ROW) AS n FROM per_area;`,
    flink: `SELECT window_start, COUNT(*), MAX(n) FROM TABLE(TUMBLE(TABLE last_three, DESCRIPTOR(t), INTERVAL '5' MINUTE)) GROUP BY window_start, window_end`,
    duckdb: `SELECT time_bucket(INTERVAL 5 MINUTE, w, TIMESTAMP '1970-01-01'), count(*), max(s) FROM (
        SELECT w, sum(n) OVER (PARTITION BY area ORDER BY w ROWS BETWEEN 2 PRECEDING AND CURRENT ROW) AS s
        FROM (SELECT area, time_bucket(INTERVAL 1 MINUTE, rt, TIMESTAMP '1970-01-01') AS w, count(*) AS n FROM trips GROUP BY 1, 2)) GROUP BY 1`,
  },
]

for (const query of queries) equalsRecomputeInOrder(query, { hasLate: true })
