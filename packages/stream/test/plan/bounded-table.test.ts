import assert from 'node:assert/strict'
import { it } from 'node:test'
import { isBoundedTable } from '../../src/plan/bounded-table.js'
import { scansOf } from '../../src/plan/node.js'
import { planScript } from '../../src/script.js'

it('a table has an end where its options say so, and one of files unless it is looked at again', () => {
  const cases: readonly (readonly [options: string, isBounded: boolean])[] = [
    ["'connector' = 'kafka', 'format' = 'json'", false],
    ["'connector' = 'kafka', 'format' = 'json', 'scan.bounded.mode' = 'latest-offset'", true],
    ["'connector' = 'filesystem', 'path' = '/t', 'format' = 'json'", true],
    [
      "'connector' = 'filesystem', 'path' = '/t', 'format' = 'json', 'source.monitor-interval' = '1 s'",
      false,
    ],
    ["'connector' = 'datagen'", false],
    ["'connector' = 'datagen', 'number-of-rows' = '5'", true],
  ]
  for (const [options, isBounded] of cases) {
    const plan = planScript(`CREATE TABLE t (a INT) WITH (${options});
      CREATE TABLE s (a INT) WITH ('connector' = 'print'); INSERT INTO s SELECT a FROM t`)
    const [scan] = plan.inserts.flatMap(({ input }) => scansOf(input))
    assert.equal(scan && isBoundedTable(scan.table), isBounded, options)
  }
})
