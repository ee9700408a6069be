import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { seededRandom } from '@millrace/host'
import type { Plan } from '../../src/plan/plan.js'
import { planScript } from '../../src/script.js'
import { stepsOf } from './stepper.js'
import { history, type Row, table } from './trips.js'

const upsert = `WITH ('connector' = 'upsert-kafka', 'key.format' = 'json', 'value.format' = 'json')`
const append = `WITH ('connector' = 'kafka', 'format' = 'json')`

function planOf(sink: string, options: string, query: string): Plan {
  return planScript(`${table}
    CREATE TABLE answers (${sink}) ${options};
    INSERT INTO answers ${query};`)
}

/** A trip at so many minutes of the day. */
function trip(id: number, minute: number, area: number, fare = 0): Row {
  const at = new Date(Date.UTC(2026, 0, 4) + minute * 60_000)
  return { id, area, driver: 'd', fare, tip: null, rt: at.toISOString().replace('Z', '') }
}

const lastOfArea = planOf(
  'area INT, id BIGINT, PRIMARY KEY (area) NOT ENFORCED',
  upsert,
  `SELECT area, id FROM (SELECT area, id, ROW_NUMBER() OVER (PARTITION BY area ORDER BY rt DESC) AS rn FROM trips) WHERE rn = 1`,
)
const firstOfArea = planOf(
  'area INT, id BIGINT, rt TIMESTAMP(3)',
  append,
  `SELECT area, id, rt FROM (SELECT area, id, rt, ROW_NUMBER() OVER (PARTITION BY area ORDER BY rt) AS rn FROM trips) WHERE rn <= 1`,
)
const firstToCome = planOf(
  'area INT, id BIGINT',
  append,
  `SELECT area, id FROM (SELECT area, id, ROW_NUMBER() OVER (PARTITION BY area ORDER BY PROCTIME()) AS rn FROM trips) WHERE rn = 1`,
)
const lastToCome = planOf(
  'area INT, id BIGINT, PRIMARY KEY (area) NOT ENFORCED',
  upsert,
  `SELECT area, id FROM (SELECT area, id, ROW_NUMBER() OVER (PARTITION BY area ORDER BY PROCTIME() DESC) AS rn FROM trips) WHERE rn = 1`,
)
const topOfArea = planOf(
  'area INT, rn BIGINT, id BIGINT, PRIMARY KEY (area, rn) NOT ENFORCED',
  upsert,
  `SELECT area, rn, id FROM (SELECT area, id, ROW_NUMBER() OVER (PARTITION BY area ORDER BY fare DESC) AS rn FROM trips) WHERE rn <= 2`,
)
const busiest = planOf(
  'rn BIGINT, area INT, n BIGINT, PRIMARY KEY (rn) NOT ENFORCED',
  upsert,
  `SELECT rn, area, n FROM (SELECT area, n, ROW_NUMBER() OVER (ORDER BY n DESC) AS rn
    FROM (SELECT area, COUNT(*) AS n FROM trips GROUP BY area)) WHERE rn <= 3`,
)

const lastOfAll = planOf(
  'k INT, id BIGINT, PRIMARY KEY (k) NOT ENFORCED',
  upsert,
  `SELECT 1, id FROM (SELECT id, ROW_NUMBER() OVER (ORDER BY PROCTIME() DESC) AS rn
    FROM (SELECT id FROM trips WHERE fare > 5 UNION ALL SELECT id FROM trips WHERE fare > 9)) WHERE rn = 1`,
)

const plans = { lastOfArea, firstOfArea, firstToCome, lastToCome, topOfArea, busiest }

describe('a ranking', () => {
  it('of one partition gives nothing of a step of which no row passes', async () => {
    const batches = [[trip(1, 1, 1, 2)], [trip(2, 2, 1, 7)], [trip(3, 3, 1, 1)]]
    const { rows } = await stepsOf(lastOfAll, batches, { restarts: true })
    assert.deepEqual(rows, [[], ['+I 1 2'], [], []])
  })

  it('keeps the last that came of those at the same time, and the first of those equal in order', async () => {
    const same = [[trip(1, 5, 1), trip(2, 5, 1), trip(3, 4, 1)], [trip(4, 5, 1)]]
    const last = await stepsOf(lastOfArea, same, { restarts: true })
    assert.deepEqual(last.rows, [['+I 1 2'], ['+U 1 4'], []])
    const top = await stepsOf(topOfArea, same, { restarts: true })
    assert.deepEqual(top.rows, [['+I 1 1 1', '+I 1 2 2'], [], []])
  })

  it('by processing time keeps the first or the last that came', async () => {
    const batches = [
      [trip(1, 5, 1), trip(2, 4, 1)],
      [trip(3, 6, 2), trip(4, 3, 1)],
    ]
    const first = await stepsOf(firstToCome, batches, { restarts: true })
    assert.deepEqual(first.rows, [['1 1'], ['2 3'], []])
    const last = await stepsOf(lastToCome, batches, { restarts: true })
    assert.deepEqual(last.rows, [['+I 1 2'], ['+I 2 3', '+U 1 4'], []])
  })

  it('gives out what has a number after what had it, and only what differs', async () => {
    const batches = [
      [trip(1, 0, 1, 10), trip(2, 0, 1, 20), trip(3, 0, 2, 5)],
      [trip(4, 0, 1, 15)],
      [trip(5, 0, 1, 12)],
      [trip(6, 0, 1, 30)],
    ]
    const { rows } = await stepsOf(topOfArea, batches, { restarts: true })
    assert.deepEqual(rows, [
      ['+I 1 1 2', '+I 1 2 1', '+I 2 1 3'],
      ['+U 1 2 4'],
      [],
      ['+U 1 2 2', '+U 1 1 6'],
      [],
    ])
  })

  it('brings up what was behind, where rows are taken back', async () => {
    const batches = [
      [1, 2, 3, 4].map((area) => trip(area, 0, area)),
      [trip(5, 0, 4), trip(6, 0, 4), trip(7, 0, 3)],
    ]
    const { rows } = await stepsOf(busiest, batches, { restarts: true })
    assert.deepEqual(rows, [
      ['+I 1 1 1', '+I 2 2 1', '+I 3 3 1'],
      ['+U 3 1 1', '+U 1 4 3', '+U 2 3 2'],
      [],
    ])
  })
})

describe('the first row by event time', () => {
  it('is given out once, when the watermark reaches it, before what came later', async () => {
    const batches = [
      [trip(1, 5, 1), trip(2, 6, 2)],
      [trip(3, 4.5, 1), trip(4, 6, 2)],
      [trip(5, 7, 3)],
      [trip(6, 9, 1), trip(7, 5.5, 2), trip(8, 4, 3)],
    ]
    // With the delay of two minutes the watermark is at 4, 4, 5 and 7; trip 8 is from before 5.
    const { rows, late } = await stepsOf(firstOfArea, batches, { restarts: true })
    const at = (minute: string) => `2026-01-04 00:${minute}`
    assert.deepEqual(rows, [
      [],
      [],
      [`1 3 ${at('04:30')}`],
      [`2 7 ${at('05:30')}`, `3 5 ${at('07:00')}`],
      [],
    ])
    assert.equal(late, 1)
  })
})

for (const [name, plan] of Object.entries(plans)) {
  describe(`${name}, stopped and started again`, () => {
    for (let seed = 1; seed <= 3; seed++) {
      it(`gives the same rows in the same steps (seed ${seed})`, async () => {
        const random = seededRandom(seed)
        const rows = history(random, 200).map((row) => {
          return random.below(10) === 0 ? { ...row, rt: trip(0, random.below(30), 0).rt } : row
        })
        const batches: Row[][] = []
        for (let at = 0; at < rows.length; ) {
          const size = 1 + random.below(30)
          batches.push(rows.slice(at, at + size))
          at += size
        }
        const whole = await stepsOf(plan, batches, { restarts: false })
        assert.deepEqual(await stepsOf(plan, batches, { restarts: true }), whole)
      })
    }
  })
}
