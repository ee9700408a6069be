import { equalsRecomputeByKey } from './recompute.js'

/** A query in Flink's words, and what it means in DuckDB's over all rows at once. */
const queries = [
  {
    name: 'the last row of each partition by event time, the latest of those at the same time',
    sink: 'driver STRING, area INT, id BIGINT, fare DOUBLE, rt TIMESTAMP(3), PRIMARY KEY (driver, area)',
    flink: `SELECT driver, area, id, fare, rt FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY driver, area ORDER BY rt DESC) AS rn FROM trips
      WHERE area IS NOT NULL AND driver IS NOT NULL) WHERE rn = 1`,
    duckdb: `SELECT driver, area, id, fare, rt FROM trips WHERE area IS NOT NULL AND driver IS NOT NULL
      QUALIFY row_number() OVER (PARTITION BY driver, area ORDER BY rt DESC, id DESC) = 1`,
  },
  {
    name: 'the first rows of each partition, with their numbers',
    sink: 'area INT, rn BIGINT, id BIGINT, driver STRING, tip DECIMAL(8, 2), PRIMARY KEY (area, rn)',
    flink: `SELECT area, rn, id, driver, tip FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY area ORDER BY tip DESC, driver NULLS LAST) AS rn
      FROM trips WHERE area IS NOT NULL) WHERE rn <= 10`,
    duckdb: `SELECT area, row_number() OVER w AS rn, id, driver, tip FROM trips WHERE area IS NOT NULL
      WINDOW w AS (PARTITION BY area ORDER BY tip DESC NULLS LAST, driver NULLS LAST, id) QUALIFY rn <= 10`,
  },
  {
    name: 'a stretch of numbers, of partitions that are computed',
    sink: 'odd BIGINT, rn BIGINT, id BIGINT, fare DOUBLE, PRIMARY KEY (odd, rn)',
    flink: `SELECT odd, rn, id, fare FROM (SELECT MOD(id, 2) AS odd, id, fare, ROW_NUMBER() OVER (PARTITION BY MOD(id, 2) ORDER BY -fare NULLS FIRST, id DESC) AS rn
      FROM trips) WHERE rn BETWEEN 3 AND 8 AND (fare IS NULL OR fare > 1)`,
    duckdb: `SELECT odd, rn, id, fare FROM (SELECT id % 2 AS odd, row_number() OVER (PARTITION BY id % 2 ORDER BY -fare NULLS FIRST, id DESC) AS rn, id, fare
      FROM trips) WHERE rn BETWEEN 3 AND 8 AND (fare IS NULL OR fare > 1)`,
  },
  {
    name: 'the third of each partition',
    sink: 'driver STRING, fare DOUBLE, n BIGINT, PRIMARY KEY (driver)',
    flink: `SELECT driver, fare, rn FROM (SELECT driver, fare, ROW_NUMBER() OVER (PARTITION BY driver ORDER BY fare) AS rn
      FROM trips WHERE driver IS NOT NULL) WHERE 3 = rn`,
    duckdb: `SELECT driver, fare, 3 FROM (SELECT driver, fare, row_number() OVER (PARTITION BY driver ORDER BY fare NULLS FIRST) AS rn
      FROM trips WHERE driver IS NOT NULL) WHERE rn = 3`,
  },
  {
    name: 'of all columns as they are, keys that may be NULL',
    sink: 'label STRING, n BIGINT, ids BIGINT, numbers BIGINT, PRIMARY KEY (label)',
    flink: `SELECT 'all', COUNT(*), SUM(id), SUM(rn) FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY area, driver ORDER BY fare DESC, tip, id) AS rn
      FROM trips) WHERE rn <= 3`,
    duckdb: `SELECT 'all', count(*), sum(id), sum(rn) FROM (SELECT *, row_number() OVER (PARTITION BY area, driver ORDER BY fare DESC NULLS LAST, tip NULLS FIRST, id) AS rn
      FROM trips) WHERE rn <= 3 HAVING count(*) > 0`,
  },
  {
    name: 'without numbers, counted and summed above',
    sink: 'area INT, n BIGINT, ids BIGINT, least DOUBLE, PRIMARY KEY (area)',
    flink: `SELECT area, COUNT(*), SUM(id), MIN(fare) FROM (SELECT area, id, fare, ROW_NUMBER() OVER (PARTITION BY area ORDER BY fare DESC, id) AS rn
      FROM trips WHERE area IS NOT NULL) WHERE rn > 2 AND rn < 9 GROUP BY area`,
    duckdb: `SELECT area, count(*), sum(id), min(fare) FROM (SELECT area, id, fare, row_number() OVER (PARTITION BY area ORDER BY fare DESC NULLS LAST, id) AS rn
      FROM trips WHERE area IS NOT NULL) WHERE rn > 2 AND rn < 9 GROUP BY 1`,
  },
  {
    name: 'over rows that are taken back, with numbers',
    sink: 'area INT, rn BIGINT, driver STRING, n BIGINT, PRIMARY KEY (area, rn)',
    flink: `SELECT area, rn, driver, n FROM (SELECT area, driver, n, ROW_NUMBER() OVER (PARTITION BY area ORDER BY n DESC, driver) AS rn
      FROM (SELECT area, driver, COUNT(*) AS n FROM trips WHERE area IS NOT NULL GROUP BY area, driver)) WHERE rn <= 3`,
    duckdb: `SELECT area, rn, driver, n FROM (SELECT area, driver, n, row_number() OVER (PARTITION BY area ORDER BY n DESC, driver NULLS FIRST) AS rn
      FROM (SELECT area, driver, count(*) AS n FROM trips WHERE area IS NOT NULL GROUP BY 1, 2)) WHERE rn <= 3`,
  },
  {
    name: 'over rows that are taken back, without numbers, by the key of the rows',
    sink: 'area INT, driver STRING, n BIGINT, PRIMARY KEY (area, driver)',
    flink: `SELECT area, driver, n FROM (SELECT area, driver, n, ROW_NUMBER() OVER (PARTITION BY MOD(area, 2) ORDER BY MOD(n, 5), area, driver) AS rn
      FROM (SELECT area, driver, COUNT(*) AS n FROM trips WHERE area IS NOT NULL AND driver IS NOT NULL GROUP BY area, driver)) WHERE rn <= 4`,
    duckdb: `SELECT area, driver, n FROM (SELECT area, driver, n, row_number() OVER (PARTITION BY area % 2 ORDER BY n % 5, area, driver) AS rn
      FROM (SELECT area, driver, count(*) AS n FROM trips WHERE area IS NOT NULL AND driver IS NOT NULL GROUP BY 1, 2)) WHERE rn <= 4`,
  },
  {
    name: 'over rows of which several are equal, some taken back',
    sink: 'rn BIGINT, n BIGINT, PRIMARY KEY (rn)',
    flink: `SELECT rn, n FROM (SELECT n, ROW_NUMBER() OVER (ORDER BY n DESC) AS rn
      FROM (SELECT driver, COUNT(*) / 3 AS n FROM trips GROUP BY driver)) WHERE rn <= 4`,
    duckdb: `SELECT rn, n FROM (SELECT n, row_number() OVER (ORDER BY n DESC) AS rn
      FROM (SELECT driver, count(*) // 3 AS n FROM trips GROUP BY 1)) WHERE rn <= 4`,
  },
  {
    name: 'ORDER BY and LIMIT over rows that are taken back, by their own key',
    sink: 'area INT, n BIGINT, PRIMARY KEY (area)',
    flink: `SELECT area, COUNT(*) AS n FROM trips WHERE area IS NOT NULL GROUP BY area ORDER BY n DESC, 1 LIMIT 2 OFFSET 1`,
    duckdb: `SELECT area, count(*) AS n FROM trips WHERE area IS NOT NULL GROUP BY area ORDER BY n DESC, area LIMIT 2 OFFSET 1`,
  },
  {
    name: 'one row of all, by the key of what it was',
    sink: 'area INT, n BIGINT, PRIMARY KEY (area)',
    flink: `SELECT area, COUNT(*) AS n FROM trips WHERE area IS NOT NULL GROUP BY area ORDER BY MOD(n, 3), area FETCH FIRST 1 ROW ONLY`,
    duckdb: `SELECT area, count(*) AS n FROM trips WHERE area IS NOT NULL GROUP BY area ORDER BY n % 3, area LIMIT 1`,
  },
  {
    name: 'the one row of all, under a constant',
    sink: 'label STRING, id BIGINT, fare DOUBLE, PRIMARY KEY (label)',
    flink: `SELECT 'best', id, fare FROM (SELECT id, fare FROM trips ORDER BY fare DESC NULLS FIRST, id DESC LIMIT 1)`,
    duckdb: `SELECT 'best', id, fare FROM (SELECT id, fare FROM trips ORDER BY fare DESC NULLS FIRST, id DESC LIMIT 1)`,
  },
  {
    name: 'an order within, which orders nothing, under a limit within a union',
    sink: 'label STRING, n BIGINT, ids BIGINT, PRIMARY KEY (label)',
    flink: `SELECT 'all', COUNT(*), SUM(id) FROM (SELECT id FROM (SELECT * FROM trips ORDER BY driver) WHERE id > 5
      UNION ALL (SELECT id FROM trips ORDER BY tip, id LIMIT 30 OFFSET 2) UNION ALL (SELECT id FROM trips LIMIT 9 OFFSET 3))`,
    duckdb: `SELECT 'all', count(*), sum(id) FROM (SELECT id FROM trips WHERE id > 5
      UNION ALL (SELECT id FROM trips ORDER BY tip NULLS FIRST, id LIMIT 30 OFFSET 2) UNION ALL (SELECT id FROM trips ORDER BY id LIMIT 9 OFFSET 3)) HAVING count(*) > 0`,
  },
  {
    name: 'the largest groups of a query that groups',
    sink: 'rn BIGINT, area INT, n BIGINT, PRIMARY KEY (rn)',
    flink: `SELECT rn, area, n FROM (SELECT area, COUNT(*) AS n, ROW_NUMBER() OVER w AS rn FROM trips GROUP BY area
      WINDOW w AS (ORDER BY COUNT(*) DESC, area NULLS LAST)) WHERE rn < 3`,
    duckdb: `SELECT row_number() OVER (ORDER BY count(*) DESC, area NULLS LAST) AS rn, area, count(*) FROM trips GROUP BY area QUALIFY rn < 3`,
  },
]

for (const query of queries) equalsRecomputeByKey(query, 2)
