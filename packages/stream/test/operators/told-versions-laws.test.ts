import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Random, seededRandom } from '@millrace/host'
import { runOnce } from '../../src/runtime/run-once.js'
import { planScript } from '../../src/script.js'
import { type StepRows, stepsOf } from './stepper.js'
import type { Row } from './trips.js'

const upserts = "'connector' = 'upsert-kafka', 'key.format' = 'json', 'value.format' = 'json'"
const changes = "'connector' = 'kafka', 'format' = 'debezium-json'"

function script(connector: string, type: string, condition: string) {
  return planScript(`
    CREATE TABLE orders (id INT, code STRING, n INT, at_time TIMESTAMP(3), WATERMARK FOR at_time AS at_time - INTERVAL '30' SECOND)
      WITH ('connector' = 'kafka', 'format' = 'json');
    CREATE TABLE rates (area INT, code STRING, rate INT NOT NULL, at_time TIMESTAMP(3), WATERMARK FOR at_time AS at_time - INTERVAL '30' SECOND,
      PRIMARY KEY (code) NOT ENFORCED) WITH (${connector});
    CREATE VIEW renamed AS SELECT rate * 2 AS twice, at_time AS since, code AS name FROM rates;
    CREATE TABLE answers (id INT, twice INT) WITH ('connector' = 'kafka', 'format' = 'json');
    INSERT INTO answers SELECT o.id, r.twice FROM orders AS o ${type} JOIN renamed FOR SYSTEM_TIME AS OF o.at_time AS r
      ON o.code = r.name ${condition};`)
}

interface Version {
  readonly code: string
  readonly seconds: number
  readonly rate: number | undefined
}

const timeAt = (seconds: number) =>
  new Date(Date.UTC(2026, 0, 4) + seconds * 1000).toISOString().replace('Z', '')

/** What came of each key, now and then a deletion, some of what came at the same time. */
function versionsOf(random: Random): Version[] {
  return Array.from({ length: 120 }, (_, place) => ({
    code: `c${random.below(4)}`,
    seconds: Math.max(0, place - random.below(25)),
    rate: random.below(4) === 0 ? undefined : random.below(50),
  }))
}

/** Rows by key; now and then a deletion that has no time, which ends nothing. */
function upsertsOf(versions: readonly Version[], random: Random): Row[] {
  return versions.flatMap(({ code, seconds, rate }): Row[] => {
    const at = timeAt(seconds)
    if (rate === undefined) return [{ code, at_time: at, $kind: '-D' }]
    const row = { area: 1, code, rate, at_time: at }
    return random.below(6) === 0 ? [row, { code, at_time: null, $kind: '-D' }] : [row]
  })
}

/** The same as changes, the row before each told as well, whatever its time. */
function changesOf(versions: readonly Version[]): Row[] {
  const latest = new Map<string, Row>()
  return versions.flatMap(({ code, seconds, rate }): Row[] => {
    const at = timeAt(seconds)
    const before = latest.get(code)
    if (rate === undefined) {
      latest.delete(code)
      return [{ area: 1, rate: 0, ...before, code, at_time: at, $kind: '-D' }]
    }
    const row = { area: 1, code, rate, at_time: at }
    latest.set(code, row)
    if (before === undefined) return [{ ...row, $kind: '+I' }]
    return [
      { ...before, $kind: '-U' },
      { ...row, $kind: '+U' },
    ]
  })
}

interface Order {
  readonly id: number
  readonly code: string | null
  readonly n: number
  readonly seconds: number
}

function ordersOf(random: Random): Order[] {
  return Array.from({ length: 120 }, (_, place) => ({
    id: place,
    code: random.below(10) === 0 ? null : `c${random.below(5)}`,
    n: random.below(50),
    seconds: Math.max(0, place - random.below(25)),
  }))
}

function expected(
  orders: readonly Order[],
  versions: readonly Version[],
  isLeft: boolean,
  holds: (order: Order, rate: number) => boolean,
): string[] {
  return orders.flatMap((order) => {
    let counts: Version | undefined
    for (const version of versions) {
      if (version.code !== order.code || version.seconds > order.seconds) continue
      if (counts === undefined || version.seconds >= counts.seconds) counts = version
    }
    const rate = counts?.rate
    if (rate !== undefined && holds(order, rate)) return [`${order.id} ${rate * 2}`]
    return isLeft ? [`${order.id} NULL`] : []
  })
}

const conditions = [
  { name: 'inner', type: '', text: '', holds: () => true },
  {
    name: 'left, with a condition',
    type: 'LEFT',
    text: 'AND r.twice > o.n',
    holds: ({ n }: Order, rate: number) => rate * 2 > n,
  },
]

for (const { name, type, text, holds } of conditions) {
  for (const connector of [upserts, changes]) {
    const shown = connector === upserts ? 'rows by key' : 'changes'
    describe(`the versions that ${shown} tell, ${name}`, () => {
      const plan = script(connector, type, text)
      for (let seed = 1; seed <= 3; seed++) {
        const random = seededRandom(seed)
        const versions = versionsOf(random)
        const orders = ordersOf(random)
        const rates = connector === upserts ? upsertsOf(versions, random) : changesOf(versions)
        const asked = orders.map(({ seconds, ...order }) => ({
          ...order,
          at_time: timeAt(seconds),
        }))
        const answer = expected(orders, versions, type === 'LEFT', holds).sort()

        it(`are those of each time, however the rows are cut (seed ${seed})`, async () => {
          const inputs = new Map<string, Row[]>([
            ['orders', asked],
            ['rates', rates],
          ])
          for (const batchSize of [1000, 1 + random.below(20)]) {
            const rows = (await runOnce(plan, inputs, { batchSize })).get('answers') ?? []
            assert.deepEqual(rows.map(({ id, twice }) => `${id} ${twice ?? 'NULL'}`).sort(), answer)
          }
        })

        it(`are found again by who is stopped and started after every step (seed ${seed})`, async () => {
          const batches: StepRows[] = []
          for (let at = 0; at < 250; at += 10) {
            const rows = new Map([
              ['orders', asked.slice(at, at + 10)],
              ['rates', rates.slice(at, at + 10)],
            ])
            batches.push(rows)
          }
          const straight = await stepsOf(plan, batches, { restarts: false })
          const restarted = await stepsOf(plan, batches, { restarts: true })
          const sorted = (steps: typeof straight) => steps.rows.map((rows) => [...rows].sort())
          assert.deepEqual(sorted(restarted), sorted(straight))
          assert.deepEqual(straight.rows.flat().sort(), answer)
        })
      }
    })
  }
}
