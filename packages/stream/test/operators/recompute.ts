import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { seededRandom } from '@millrace/host'
import type { OperatorLimits } from '../../src/operators/limits.js'
import type { Plan } from '../../src/plan/plan.js'
import { runOnce } from '../../src/runtime/run-once.js'
import { planScript } from '../../src/script.js'
import { stepsOf } from './stepper.js'
import { batchAnswer, canonical, history, type Row, table } from './trips.js'

/** A query over trips in Flink's words, and what it means in DuckDB's over all rows at once. */
export interface Query {
  readonly name: string
  /** Views that it reads. */
  readonly views?: string
  /** The columns of the sink. */
  readonly sink: string
  readonly flink: string
  readonly duckdb: string
}

/** What the sink `answers` holds after the rows, each row as text, in its order. */
export async function answersOf(
  plan: Plan,
  rows: readonly Row[],
  options: { batchSize: number; limits?: OperatorLimits },
): Promise<string[]> {
  const result = await runOnce(plan, new Map([['trips', rows]]), options)
  return (result.get('answers') ?? []).map((row) => Object.values(row).map(canonical).join(' '))
}

/** Incremental equals recompute, for a query whose rows change: its sink has a PRIMARY KEY. */
export function equalsRecomputeByKey(query: Query, seeds: number): void {
  describe(`incremental equals recompute: ${query.name}`, () => {
    const plan = planScript(`${table}
      CREATE TABLE answers (${query.sink} NOT ENFORCED)
        WITH ('connector' = 'upsert-kafka', 'key.format' = 'json', 'value.format' = 'json');
      INSERT INTO answers ${query.flink};`)
    for (let seed = 1; seed <= seeds; seed++) {
      it(`for any prefix, cut into batches of any size (seed ${seed})`, async () => {
        const random = seededRandom(seed)
        const rows = history(random, 400)
        for (const length of [0, 1, 50 + random.below(300), rows.length]) {
          const prefix = rows.slice(0, length)
          const expected = await batchAnswer(prefix, query.duckdb)
          for (const batchSize of [1_000_000, 1 + random.below(20), 30 + random.below(200)]) {
            const answer = await answersOf(plan, prefix, { batchSize })
            assert.deepEqual(answer.sort(), expected, `${length} rows in batches of ${batchSize}`)
          }
        }
      })
    }
  })
}

/**
 * Incremental equals recompute, for a query that gives rows for good, in an order that no cut into
 * batches changes. `check` looks at the rows of a whole run; `hasLate` says whether rows can be late.
 */
export function equalsRecomputeInOrder(
  query: Query,
  { hasLate, check = () => {} }: { hasLate: boolean; check?: (rows: readonly string[]) => void },
): void {
  describe(`incremental equals recompute: ${query.name}`, () => {
    const plan = planScript(`${table} ${query.views ?? ''}
      CREATE TABLE answers (${query.sink}) WITH ('connector' = 'kafka', 'format' = 'json');
      INSERT INTO answers ${query.flink};`)
    for (let seed = 1; seed <= 2; seed++) {
      it(`in the same order, for any prefix, cut into batches of any size (seed ${seed})`, async () => {
        const random = seededRandom(seed)
        const rows = history(random, 250)
        for (const length of [0, 1, 50 + random.below(150), rows.length]) {
          const prefix = rows.slice(0, length)
          const whole = await answersOf(plan, prefix, { batchSize: 1_000_000 })
          assert.deepEqual([...whole].sort(), await batchAnswer(prefix, query.duckdb))
          check(whole)
          for (const batchSize of [3 + random.below(20), 30 + random.below(200)]) {
            const cut = await answersOf(plan, prefix, { batchSize })
            assert.deepEqual(cut, whole, `batches of ${batchSize}`)
          }
        }
      })
    }
    it('stopped and started again after every step, late rows too', async () => {
      const random = seededRandom(1)
      const rows = history(random, 100).map((row) => {
        return random.below(10) === 0 ? { ...row, rt: '2026-01-04T00:00:00.000' } : row
      })
      const batches: Row[][] = []
      for (let at = 0; at < rows.length; ) {
        const size = 1 + random.below(20)
        batches.push(rows.slice(at, at + size))
        at += size
      }
      const steps = await stepsOf(plan, batches, { restarts: false })
      assert.deepEqual(await stepsOf(plan, batches, { restarts: true }), steps)
      assert.equal(steps.late > 0, hasLate)
    })
  })
}
