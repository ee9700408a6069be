import assert from 'node:assert/strict'
import { equalsRecomputeInOrder } from './recompute.js'

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

for (const query of queries) {
  const check = (rows: readonly string[]) => {
    const times = rows.map((row) => row.slice(0, 24))
    if (query.isLate) assert.deepEqual(times, [...times].sort())
  }
  equalsRecomputeInOrder(query, { hasLate: query.isLate, check })
}
