import { equalsRecomputeByKey } from './recompute.js'

/** A query in Flink's words, and what it means in DuckDB's over all rows at once. */
const queries = [
  {
    name: 'every aggregate',
    sink: 'area INT, n BIGINT, s BIGINT, tips DECIMAL(38, 2), lo DOUBLE, hi STRING, mean BIGINT, mt DECIMAL(38, 6), PRIMARY KEY (area)',
    flink: `SELECT area, COUNT(*), SUM(id), SUM(tip), MIN(fare), MAX(driver), AVG(id), AVG(tip)
      FROM trips WHERE area IS NOT NULL GROUP BY area`,
    duckdb: `SELECT area, count(*), sum(id), sum(tip), min(fare), max(driver), sum(id) // count(id),
      round(sum(tip)::DOUBLE / count(tip), 6) FROM trips WHERE area IS NOT NULL GROUP BY 1`,
  },
  {
    name: 'filters before, within and after, distinct, two keys',
    sink: 'driver STRING, area INT, n BIGINT, few BIGINT, kinds BIGINT, tips DECIMAL(38, 2), late DOUBLE, PRIMARY KEY (driver, area)',
    flink: `SELECT driver, area, COUNT(fare), COUNT(*) FILTER (WHERE fare > 20),
        COUNT(DISTINCT id), SUM(DISTINCT tip) FILTER (WHERE fare > 10), MAX(fare) FILTER (WHERE id > 100)
      FROM trips WHERE area IS NOT NULL AND driver <> 'driver 3'
      GROUP BY driver, area HAVING COUNT(*) > 1`,
    duckdb: `SELECT driver, area, count(fare), count(*) FILTER (fare > 20), count(DISTINCT id),
        sum(DISTINCT tip) FILTER (fare > 10), max(fare) FILTER (id > 100)
      FROM trips WHERE area IS NOT NULL AND driver <> 'driver 3' GROUP BY 1, 2 HAVING count(*) > 1`,
  },
  {
    name: 'one argument under DISTINCT and many filters, one of them twice, and another argument',
    sink: 'area INT, n BIGINT, low BIGINT, high BIGINT, s BIGINT, again BIGINT, drivers BIGINT, few BIGINT, PRIMARY KEY (area)',
    flink: `SELECT area, COUNT(DISTINCT id), COUNT(DISTINCT id) FILTER (WHERE fare < 15),
        COUNT(DISTINCT id) FILTER (WHERE fare >= 15), SUM(DISTINCT id) FILTER (WHERE fare < 15),
        COUNT(DISTINCT id) FILTER (WHERE fare < 15),
        COUNT(DISTINCT driver) FILTER (WHERE tip > 1), COUNT(DISTINCT driver) FILTER (WHERE tip > 3)
      FROM trips WHERE area IS NOT NULL GROUP BY area`,
    duckdb: `SELECT area, count(DISTINCT id), count(DISTINCT id) FILTER (fare < 15),
        count(DISTINCT id) FILTER (fare >= 15), sum(DISTINCT id) FILTER (fare < 15),
        count(DISTINCT id) FILTER (fare < 15),
        count(DISTINCT driver) FILTER (tip > 1), count(DISTINCT driver) FILTER (tip > 3)
      FROM trips WHERE area IS NOT NULL GROUP BY 1`,
  },
  {
    name: 'a grouping over a grouping: rows that are taken back, extremes too',
    sink: 'n BIGINT, areas BIGINT, least BIGINT, most BIGINT, mean BIGINT, kinds BIGINT, first STRING, PRIMARY KEY (n)',
    flink: `SELECT MOD(n, 3) AS n, COUNT(*), MIN(n), MAX(n), AVG(n), COUNT(DISTINCT lo), MIN(hi)
      FROM (SELECT area, driver, COUNT(*) AS n, MIN(fare) AS lo, MAX(driver) AS hi FROM trips GROUP BY area, driver)
      GROUP BY MOD(n, 3)`,
    duckdb: `SELECT n % 3, count(*), min(n), max(n), sum(n) // count(n), count(DISTINCT lo), min(hi)
      FROM (SELECT area, driver, count(*) AS n, min(fare) AS lo, max(driver) AS hi FROM trips GROUP BY 1, 2) GROUP BY 1`,
  },
  {
    name: 'no keys, over what is taken back',
    sink: 'label STRING, areas BIGINT, most DOUBLE, least DOUBLE, tips DECIMAL(38, 2), PRIMARY KEY (label)',
    flink: `SELECT 'all', COUNT(*), MAX(lo), MIN(lo), SUM(tips)
      FROM (SELECT area, MIN(fare) AS lo, SUM(tip) AS tips FROM trips GROUP BY area)`,
    duckdb: `SELECT 'all', count(*), max(lo), min(lo), sum(tips)
      FROM (SELECT area, min(fare) AS lo, sum(tip) AS tips FROM trips GROUP BY 1) HAVING count(*) > 0`,
  },
  {
    name: 'distinct rows, and how many of them',
    sink: 'label STRING, pairs BIGINT, PRIMARY KEY (label)',
    flink: `SELECT 'all', COUNT(*) FROM (SELECT DISTINCT area, driver FROM trips)`,
    duckdb: `SELECT 'all', count(*) FROM (SELECT DISTINCT area, driver FROM trips) HAVING count(*) > 0`,
  },
  {
    name: 'a rollup over what is taken back, and how many groups each of its sets has',
    sink: 'which BIGINT, n BIGINT, most BIGINT, all_of_them BIGINT, PRIMARY KEY (which)',
    flink: `SELECT which, COUNT(*), MAX(n), SUM(n)
      FROM (SELECT area, GROUPING_ID(area, trips) AS which, SUM(trips) AS n
        FROM (SELECT area, driver, COUNT(*) AS trips FROM trips GROUP BY area, driver) GROUP BY ROLLUP (area, trips))
      GROUP BY which`,
    duckdb: `SELECT which, count(*), max(n), sum(n)
      FROM (SELECT area, grouping(area, trips) AS which, sum(trips) AS n
        FROM (SELECT area, driver, count(*) AS trips FROM trips GROUP BY 1, 2) GROUP BY ROLLUP (area, trips))
      GROUP BY 1 HAVING sum(n) IS NOT NULL`,
  },
  {
    name: 'unions, of what stays and of what is taken back',
    sink: 'area INT, n BIGINT, s BIGINT, PRIMARY KEY (area)',
    flink: `SELECT area, COUNT(*), SUM(v) FROM (
        SELECT area, id AS v FROM trips WHERE area > 0
        UNION ALL SELECT area, COUNT(*) FROM trips WHERE area IS NOT NULL GROUP BY area
        UNION ALL SELECT area, CAST(7 AS BIGINT) FROM (SELECT area FROM trips WHERE fare > 10 UNION SELECT area FROM trips WHERE fare < 2) WHERE area IS NOT NULL
      ) GROUP BY area`,
    duckdb: `SELECT area, count(*), sum(v) FROM (
        SELECT area, id AS v FROM trips WHERE area > 0
        UNION ALL SELECT area, count(*) FROM trips WHERE area IS NOT NULL GROUP BY area
        UNION ALL SELECT area, 7 FROM (SELECT area FROM trips WHERE fare > 10 UNION SELECT area FROM trips WHERE fare < 2) WHERE area IS NOT NULL
      ) GROUP BY 1`,
  },
  {
    name: 'what is on both sides, and on one alone',
    sink: 'label STRING, n BIGINT, PRIMARY KEY (label)',
    flink: `SELECT side, COUNT(*) FROM (
        SELECT 'both' AS side, area, driver FROM (SELECT area, driver FROM trips WHERE fare > 20 INTERSECT SELECT area, driver FROM trips WHERE fare < 15)
        UNION ALL
        SELECT 'left', area, driver FROM (SELECT area, driver FROM trips WHERE fare > 20 EXCEPT SELECT area, driver FROM trips WHERE fare < 15)
        UNION ALL
        SELECT 'both, all', area, CAST(n AS STRING) FROM (SELECT area, MOD(id, 2) AS n FROM trips WHERE fare > 20 INTERSECT ALL SELECT area, COUNT(*) FROM trips GROUP BY area, driver)
        UNION ALL
        SELECT 'left, all', area, CAST(n AS STRING) FROM (SELECT area, MOD(COUNT(*), 3) AS n FROM trips GROUP BY area, driver EXCEPT ALL SELECT area, MOD(id, 2) FROM trips WHERE MOD(id, 7) = 0)
      ) GROUP BY side`,
    duckdb: `SELECT side, count(*) FROM (
        SELECT 'both' AS side, * FROM (SELECT area, driver FROM trips WHERE fare > 20 INTERSECT SELECT area, driver FROM trips WHERE fare < 15)
        UNION ALL
        SELECT 'left', * FROM (SELECT area, driver FROM trips WHERE fare > 20 EXCEPT SELECT area, driver FROM trips WHERE fare < 15)
        UNION ALL
        SELECT 'both, all', area, n::VARCHAR FROM (SELECT area, id % 2 AS n FROM trips WHERE fare > 20 INTERSECT ALL SELECT area, count(*) FROM trips GROUP BY area, driver)
        UNION ALL
        SELECT 'left, all', area, n::VARCHAR FROM (SELECT area, count(*) % 3 AS n FROM trips GROUP BY area, driver EXCEPT ALL SELECT area, id % 2 FROM trips WHERE id % 7 = 0)
      ) GROUP BY 1`,
  },
  {
    name: 'an inner join of what stays and what is taken back',
    sink: 'driver STRING, pairs BIGINT, ids BIGINT, lo DOUBLE, n BIGINT, PRIMARY KEY (driver)',
    flink: `SELECT t.driver, COUNT(*), SUM(t.id), MAX(g.lo), SUM(g.n) FROM trips AS t
      JOIN (SELECT area, driver AS d, COUNT(*) AS n, MIN(fare) AS lo FROM trips GROUP BY area, driver) AS g
      ON t.area = g.area AND g.d = t.driver AND t.fare > g.lo GROUP BY t.driver`,
    duckdb: `SELECT t.driver, count(*), sum(t.id), max(g.lo), sum(g.n) FROM trips AS t
      JOIN (SELECT area, driver AS d, count(*) AS n, min(fare) AS lo FROM trips GROUP BY 1, 2) AS g
      ON t.area = g.area AND g.d = t.driver AND t.fare > g.lo GROUP BY 1`,
  },
  {
    name: 'an inner join of rows that stay, by a computed key and USING',
    sink: 'label STRING, pairs BIGINT, ids BIGINT, PRIMARY KEY (label)',
    flink: `SELECT 'all', COUNT(*), SUM(a.id + b.id) FROM trips AS a JOIN trips AS b
      ON MOD(a.id, 50) = b.id - 20 AND a.area = b.area`,
    duckdb: `SELECT 'all', count(*), sum(a.id + b.id) FROM trips AS a JOIN trips AS b
      ON a.id % 50 = b.id - 20 AND a.area = b.area HAVING count(*) > 0`,
  },
  {
    name: 'a comma and WHERE over what is taken back',
    sink: 'label STRING, pairs BIGINT, most BIGINT, PRIMARY KEY (label)',
    flink: `SELECT 'all', COUNT(*), MAX(a.n + b.n) FROM (SELECT area, COUNT(*) AS n FROM trips GROUP BY area) AS a,
      (SELECT driver, COUNT(*) AS n FROM trips GROUP BY driver) AS b WHERE a.n > b.n AND b.n > 1`,
    duckdb: `SELECT 'all', count(*), max(a.n + b.n) FROM (SELECT area, count(*) AS n FROM trips GROUP BY 1) AS a,
      (SELECT driver, count(*) AS n FROM trips GROUP BY 1) AS b WHERE a.n > b.n AND b.n > 1 HAVING count(*) > 0`,
  },
  {
    name: 'a full join USING a column',
    sink: 'area INT, n BIGINT, m BIGINT, PRIMARY KEY (area)',
    flink: `SELECT area, COUNT(n), COUNT(m) FROM (SELECT area, COUNT(*) AS n FROM trips WHERE fare > 30 AND area IS NOT NULL GROUP BY area) AS a
      FULL JOIN (SELECT area, driver AS m FROM trips WHERE fare < 4 AND area IS NOT NULL) AS b USING (area) GROUP BY area`,
    duckdb: `SELECT area, count(n), count(m) FROM (SELECT area, count(*) AS n FROM trips WHERE fare > 30 AND area IS NOT NULL GROUP BY 1) AS a
      FULL JOIN (SELECT area, driver AS m FROM trips WHERE fare < 4 AND area IS NOT NULL) AS b USING (area) GROUP BY 1`,
  },
  {
    name: 'an outer join in which nothing has to be equal',
    sink: 'area STRING, n BIGINT, drivers BIGINT, PRIMARY KEY (area)',
    flink: `SELECT area, COUNT(*), COUNT(driver) FROM (SELECT COALESCE(CAST(a.area AS STRING), 'none') AS area, b.driver
      FROM (SELECT area, COUNT(*) AS n FROM trips WHERE area > 0 GROUP BY area) AS a
      FULL JOIN (SELECT driver, COUNT(*) AS n FROM trips GROUP BY driver) AS b ON a.n < b.n) GROUP BY area`,
    duckdb: `SELECT area, count(*), count(driver) FROM (SELECT coalesce(a.area::VARCHAR, 'none') AS area, b.driver
      FROM (SELECT area, count(*) AS n FROM trips WHERE area > 0 GROUP BY 1) AS a
      FULL JOIN (SELECT driver, count(*) AS n FROM trips GROUP BY 1) AS b ON a.n < b.n) GROUP BY 1`,
  },
  ...(['LEFT', 'RIGHT', 'FULL'] as const).map((type) => ({
    name: `a ${type} join whose matches come and go`,
    sink: 'a BIGINT, b STRING, n BIGINT, areas BIGINT, least DOUBLE, PRIMARY KEY (a, b)',
    flink: `SELECT a, b, COUNT(*), COUNT(DISTINCT area), MIN(fare) FROM (
        SELECT COALESCE(l.n, -1) AS a, COALESCE(r.driver, 'none') AS b, l.area, r.fare
        FROM (SELECT area, COUNT(*) AS n FROM trips WHERE fare > 10 GROUP BY area) AS l
        ${type} JOIN (SELECT area, driver, fare FROM trips WHERE fare < 12) AS r ON l.area = r.area AND l.n < r.fare + 3
      ) GROUP BY a, b`,
    duckdb: `SELECT a, b, count(*), count(DISTINCT area), min(fare) FROM (
        SELECT coalesce(l.n, -1) AS a, coalesce(r.driver, 'none') AS b, l.area, r.fare
        FROM (SELECT area, count(*) AS n FROM trips WHERE fare > 10 GROUP BY area) AS l
        ${type} JOIN (SELECT area, driver, fare FROM trips WHERE fare < 12) AS r ON l.area = r.area AND l.n < r.fare + 3
      ) GROUP BY 1, 2`,
  })),
]

for (const query of queries) equalsRecomputeByKey(query, 3)
