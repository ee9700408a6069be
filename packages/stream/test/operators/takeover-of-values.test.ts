import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { pushRowObject, readRowObject } from '../../src/formats/row-object.js'
import { Dataflow } from '../../src/operators/dataflow.js'
import { planScript } from '../../src/script.js'
import { ColumnBatch } from '../../src/state/batch.js'
import { applyChanges } from '../../src/state/operator-state.js'
import { takeover } from '../../src/state/takeover.js'

const aggregates = [
  'COUNT(DISTINCT v)',
  'COUNT(DISTINCT v) FILTER (WHERE id > 1)',
  'COUNT(DISTINCT v) FILTER (WHERE id > 3)',
  'SUM(DISTINCT v) FILTER (WHERE id > 5)',
]
const rows = [1, 2, 3, 1, 2, 3, 4, 5].map((v, id) => ({ id, v }))

function started(order: readonly number[], from: string) {
  return Dataflow.compile(
    planScript(`CREATE TABLE given (id INT, v INT) WITH ('connector' = 'kafka', 'topic' = 'g', 'format' = 'json');
      CREATE TABLE counts (${order.map((each) => `c${each} BIGINT`).join(', ')}) WITH ('connector' = 'print');
      INSERT INTO counts SELECT ${order.map((each) => aggregates[each]).join(', ')} FROM ${from}`),
  )
}

async function step(dataflow: Dataflow, given: readonly Record<string, unknown>[]) {
  const batches = new Map(
    dataflow.sources.map((source) => {
      const batch = new ColumnBatch(source.fields)
      for (const row of given) {
        pushRowObject(batch, new Set(['id', 'v']), row)
        batch.fixed(batch.columns.length - 1).pushInt32(0)
      }
      return [source, batch] as const
    }),
  )
  await dataflow.load(batches, 0)
  const { outputs, changes } = await dataflow.step({ watermarkMs: new Map(), drain: false })
  const last = outputs.at(-1)?.rows ?? new ColumnBatch([])
  const names = last.fields.map(({ name }) => name)
  const result = Object.values(readRowObject(last, names, last.rowCount - 1)).map(Number)
  applyChanges(dataflow.states, changes)
  await dataflow.settle()
  return result
}

describe('values under DISTINCT, with many filters, of a script with its aggregates in another order', () => {
  for (const from of ['given', '(SELECT id, MAX(v) AS v FROM given GROUP BY id)']) {
    it(`count on: FROM ${from}`, async () => {
      const before = await started([0, 1, 2, 3], from)
      await step(before, rows.slice(0, 5))
      for (const order of [
        [0, 3, 2, 1],
        [2, 1, 0, 3],
        [3, 0, 1, 2],
      ]) {
        const after = await started(order, from)
        const { states, lost } = takeover(before.description, after.description)
        assert.deepEqual(lost, [])
        for (const [name, { state, columns }] of states) {
          const kept = before.states.get(name)?.whole().rows
          const into = after.states.get(state)
          assert(kept && into)
          const inOrder = columns.map((column) => kept.column(column))
          into.apply({ rows: new ColumnBatch(into.fields, inOrder) })
        }
        const counts = [5, 5, 4, 9]
        assert.deepEqual(
          await step(after, rows.slice(5)),
          order.map((each) => counts[each]),
        )
        after.close()
      }
      before.close()
    })
  }
})
