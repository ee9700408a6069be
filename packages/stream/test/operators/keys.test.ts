import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { planScript } from '../../src/script.js'
import { stepsOf } from './stepper.js'
import type { Row } from './trips.js'

const tables = `
  CREATE TABLE a (id INT, k INT, d DOUBLE) WITH ('connector' = 'kafka', 'topic' = 'a', 'format' = 'json');
  CREATE TABLE b (id INT, k INT, d DOUBLE) WITH ('connector' = 'kafka', 'topic' = 'b', 'format' = 'json');
  CREATE TABLE results (x STRING, y BIGINT) WITH ('connector' = 'print');`

async function run(query: string, steps: readonly Readonly<Record<string, readonly Row[]>>[]) {
  const batches = steps.map((rows) => new Map(Object.entries(rows)))
  const plan = planScript(`${tables} INSERT INTO results ${query}`)
  return (await stepsOf(plan, batches, { restarts: false })).rows.flat()
}

describe('keys', () => {
  for (const type of ['JOIN', 'LEFT JOIN', 'FULL JOIN']) {
    it(`that are NULL find nothing, however many there are: ${type}`, async () => {
      const rows = Array.from({ length: 20_000 }, (_, id) => ({ id, k: id % 100 ? null : id }))
      const query = `SELECT CAST(a.id AS STRING), b.id FROM a ${type} b ON a.k = b.k`
      const matched = type === 'JOIN' ? 200 : type === 'LEFT JOIN' ? 20_000 : 39_800
      assert.equal((await run(query, [{ a: rows, b: rows }])).length, matched)
      const apart = await run(query, [{ a: rows }, { b: rows }])
      const taken = apart.filter((row) => row.startsWith('-D')).length
      assert.equal(apart.length - 2 * taken, matched)
    })
  }

  it('that are zero are one, whichever of the two it is and whenever it comes', async () => {
    const rows = [0, -0, -0, 0].map((d, id) => ({ id, k: 1, d }))
    const apart = rows.map((row) => ({ a: [row] }))
    const grouped = "SELECT 'd ' || CAST(d AS STRING), COUNT(*) FROM a GROUP BY d"
    assert.deepEqual(await run(grouped, [{ a: rows }]), ['+I d 0.0 4'])
    assert.deepEqual((await run(grouped, apart)).slice(-2), ['-U d 0.0 3', '+U d 0.0 4'])
    for (const distinct of ['a', '(SELECT id, MAX(d) AS d FROM a GROUP BY id)']) {
      const query = `SELECT 'all', COUNT(DISTINCT d) FROM ${distinct}`
      assert.deepEqual(await run(query, apart), ['+I all 1'])
    }
    const byKey = "SELECT 'd ' || CAST(d AS STRING), COUNT(DISTINCT k) FROM a GROUP BY d"
    assert.deepEqual(await run(byKey, [{ a: rows }]), ['+I d 0.0 1'])
    assert.deepEqual(await run(byKey, apart), ['+I d 0.0 1'])
    const joined = 'SELECT CAST(a.id AS STRING), b.id FROM a JOIN b ON a.d = b.d'
    assert.equal((await run(joined, [...apart, { b: [{ id: 9, k: 1, d: -0 }] }])).length, 4)
  })
})
