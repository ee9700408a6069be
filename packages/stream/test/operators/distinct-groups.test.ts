import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { planScript } from '../../src/script.js'
import { stepsOf } from './stepper.js'
import type { Row } from './trips.js'

const tables = `
  CREATE TABLE a (id INT, k STRING, l STRING, v STRING, n INT) WITH ('connector' = 'kafka', 'topic' = 'a', 'format' = 'json');
  CREATE TABLE results (x STRING, y BIGINT, z BIGINT) WITH ('connector' = 'print');`

async function run(query: string, steps: readonly (readonly Row[])[], restarts: boolean) {
  const batches = steps.map((rows) => new Map([['a', rows]]))
  const plan = planScript(`${tables} INSERT INTO results ${query}`)
  return (await stepsOf(plan, batches, { restarts })).rows.flat()
}

const row = (id: number, k: string | null, v: string | null, n = id): Row => {
  return { id, k, l: 'same', v, n }
}

describe('values of groups that are known by their number', () => {
  for (const restarts of [false, true]) {
    const how = restarts ? 'started again after each step' : 'in one run'

    it(`are those of their own group: ${how}`, async () => {
      const query = 'SELECT k, COUNT(DISTINCT v), COUNT(DISTINCT n) FROM a GROUP BY k, l'
      const steps = [
        [row(1, 'x', 'p'), row(2, 'y', 'p'), row(3, 'x', null)],
        // A group that is new comes before one that is known, and NULL is a key.
        [row(4, 'new', 'p'), row(5, 'y', 'p'), row(6, null, 'q'), row(7, 'x', 'p', 1)],
        [row(8, null, 'q', 6), row(9, 'new', 'q'), row(10, 'later', 'p')],
      ]
      const last = new Map<string, string>()
      for (const text of await run(query, steps, restarts)) {
        const [kind, key = '', ...counts] = text.split(' ')
        if (kind === '+I' || kind === '+U') last.set(key, counts.join(' '))
      }
      assert.deepEqual(Object.fromEntries(last), {
        ...{ x: '1 2', y: '1 2', new: '2 2', NULL: '1 1', later: '1 1' },
      })
    })

    it(`have what a computed key and a computed value say: ${how}`, async () => {
      const query =
        "SELECT k || l, COUNT(DISTINCT v || '!'), SUM(DISTINCT n) FILTER (WHERE id > 2) FROM a WHERE id <> 5 GROUP BY k || l"
      const steps = [
        [row(1, 'x', 'p', 3), row(2, 'x', 'q', 3), row(3, 'x', 'p', 3)],
        [row(4, 'x', 'r', 3), row(5, 'x', 's', 9), row(6, 'x', 'p', 4)],
      ]
      assert.deepEqual(await run(query, steps, restarts), [
        ...['+I xsame 2 3', '-U xsame 2 3', '+U xsame 3 7'],
      ])
    })
  }
})
