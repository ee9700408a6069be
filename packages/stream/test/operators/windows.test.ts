import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { seededRandom } from '@millrace/host'
import type { Plan } from '../../src/plan/plan.js'
import { planScript } from '../../src/script.js'
import { stepsOf } from './stepper.js'
import { history, type Row, table } from './trips.js'

function planOf(sink: string, query: string): Plan {
  return planScript(`${table}
    CREATE VIEW last_trips AS SELECT area, driver, rt FROM
      (SELECT *, ROW_NUMBER() OVER (PARTITION BY MOD(id, 40) ORDER BY rt DESC) AS n FROM trips) WHERE n = 1;
    CREATE TABLE answers (${sink}) WITH ('connector' = 'kafka', 'format' = 'json');
    INSERT INTO answers ${query};`)
}

/** Trips per area and window, and the drivers of each, in windows of the function that is called. */
function countsIn(call: string): Plan {
  return planOf(
    'area INT, w TIMESTAMP(3), e TIMESTAMP(3), n BIGINT, drivers BIGINT',
    `SELECT area, window_start, window_end, COUNT(*), COUNT(DISTINCT driver) FROM TABLE(${call})
     GROUP BY area, window_start, window_end`,
  )
}

/** A trip at so many minutes of the day. */
function trip(minute: number, area = 1): Row {
  const at = new Date(Date.UTC(2026, 0, 4) + minute * 60_000)
  const rt = at.toISOString().replace('Z', '')
  return { id: 1, area, driver: 'd', fare: null, tip: null, rt }
}

/** `area start-end: count`, the times in minutes of the hour. */
function shortened(rows: readonly string[]): string[] {
  return rows.map((row) => {
    const [area, , start, , end, count] = row.split(' ')
    return `${area} ${start?.slice(3, 5)}-${end?.slice(3, 5)}: ${count}`
  })
}

const tumble = "TUMBLE(TABLE trips, DESCRIPTOR(rt), INTERVAL '5' MINUTE)"
const hop = "HOP(TABLE trips, DESCRIPTOR(rt), INTERVAL '5' MINUTE, INTERVAL '10' MINUTE)"
const cumulate = "CUMULATE(TABLE trips, DESCRIPTOR(rt), INTERVAL '5' MINUTE, INTERVAL '15' MINUTE)"

const session = "SESSION(TABLE trips PARTITION BY area, DESCRIPTOR(rt), INTERVAL '1' MINUTE)"
const sessionOfAll = "SESSION(TABLE trips, DESCRIPTOR(rt), INTERVAL '20' SECOND)"

/** Over rows that may be taken back. */
const changing = [tumble, hop, cumulate].map((call) => call.replace('trips', 'last_trips'))

for (const call of [tumble, hop, cumulate, session, sessionOfAll, ...changing]) {
  describe(`${call.slice(0, call.indexOf(','))} …), stopped and started again`, () => {
    for (let seed = 1; seed <= 3; seed++) {
      it(`gives the same rows in the same steps, and finds the same late (seed ${seed})`, async () => {
        const random = seededRandom(seed)
        const plan = countsIn(call)
        // Some come later than the watermark allows.
        const rows = history(random, 200).map((row) => {
          return random.below(10) === 0 ? { ...row, rt: trip(random.below(30)).rt } : row
        })
        const batches: Row[][] = []
        for (let at = 0; at < rows.length; ) {
          const size = 1 + random.below(30)
          batches.push(rows.slice(at, at + size))
          at += size
        }
        const limits = { closedRowsPerStepMax: 1 + random.below(9), paneCompactionRowsMin: 4 }
        const whole = await stepsOf(plan, batches, { restarts: false })
        assert.deepEqual(await stepsOf(plan, batches, { restarts: true, limits }), whole)
        assert.ok(whole.late > 0, 'some are late')
      })
    }
  })
}

describe('a late row', () => {
  it('counts in the hopping windows that are still open, and is late where none is', async () => {
    // The watermark is two minutes behind: at 8, then at 13.
    const batches = [[trip(3), trip(10)], [trip(4, 2)], [trip(15)], [trip(4, 2), trip(6, 2)]]
    const { rows, late } = await stepsOf(countsIn(hop), batches, { restarts: false })
    assert.deepEqual(rows.map(shortened), [
      ['1 55-05: 1'],
      [],
      ['1 00-10: 1', '2 00-10: 1'],
      [],
      ['1 05-15: 1', '2 05-15: 1', '1 10-20: 2', '1 15-25: 1'],
    ])
    assert.equal(late, 1)
  })

  it('counts in the cumulating windows that are still open, and is late where none is', async () => {
    const batches = [[trip(3), trip(10)], [trip(4, 2)], [trip(17)], [trip(4, 2), trip(16, 2)]]
    const { rows, late } = await stepsOf(countsIn(cumulate), batches, { restarts: false })
    assert.deepEqual(rows.map(shortened), [
      ['1 00-05: 1'],
      [],
      ['1 00-10: 1', '2 00-10: 1', '1 00-15: 2', '2 00-15: 1'],
      [],
      ['1 15-20: 1', '2 15-20: 1', '1 15-25: 1', '2 15-25: 1', '1 15-30: 1', '2 15-30: 1'],
    ])
    assert.equal(late, 1)
  })

  it('joins the sessions that it lies between, and is late where it reaches no open one', async () => {
    const between = [[trip(10), trip(10.5), trip(12), trip(12.4)], [trip(11.2)], [trip(14)]]
    const first = await stepsOf(countsIn(session), between, { restarts: false })
    assert.deepEqual(first.rows.map(shortened), [[], [], [], ['1 10-13: 5', '1 14-15: 1']])
    assert.equal(first.late, 0)
    // The watermark is at 12: the session that ended at 11.5 is over, the other is not.
    const behind = [
      [trip(10), trip(10.5), trip(13), trip(14)],
      [trip(10.2), trip(10.9)],
      [trip(12)],
    ]
    const second = await stepsOf(countsIn(session), behind, { restarts: false })
    assert.deepEqual(second.rows.map(shortened), [['1 10-11: 2'], [], [], ['1 12-15: 3']])
    assert.equal(second.late, 2)
  })
})
