import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Random, seededRandom } from '@millrace/host'
import { planScript } from '../../src/script.js'
import { stepsOf } from './stepper.js'
import type { Row } from './trips.js'

const script = `CREATE TABLE players (id INT, team STRING, points INT)
    WITH ('connector' = 'kafka', 'format' = 'debezium-json');
  CREATE TABLE teams (team STRING, id INT, points INT, PRIMARY KEY (team) NOT ENFORCED)
    WITH ('connector' = 'upsert-kafka', 'key.format' = 'json', 'value.format' = 'json');`
const plan = planScript(`${script} INSERT INTO teams SELECT team, id, points FROM players`)

/** Changes of rows, some of which are there several times, and some of which nobody ever told. */
function history(random: Random): Row[] {
  const there: Row[] = []
  return Array.from({ length: 250 }, (): Row[] => {
    const row = {
      id: random.below(4),
      team: `team ${random.below(5)}`,
      points: random.below(3),
    }
    if (random.below(12) === 0) return [{ ...row, points: 9, $kind: '-D' }]
    const [before] =
      random.below(5) < 3 || there.length === 0 ? [] : there.splice(random.below(there.length), 1)
    if (before !== undefined && random.below(2) === 0) return [{ ...before, $kind: '-D' }]
    there.push(row)
    return before === undefined
      ? [{ ...row, $kind: '+I' }]
      : [
          { ...before, $kind: '-U' },
          { ...row, $kind: '+U' },
        ]
  }).flat()
}

/** Lists, as Flink keeps them: what comes goes to the end, what is taken back from the first place. */
class Piles {
  private readonly rows = new Map<unknown, string[]>()

  take({ $kind = '+I', team, id, points }: Row): void {
    const text = [team, id, points].join(' ')
    const rows = this.rows.get(team) ?? []
    this.rows.set(team, rows)
    if ($kind === '+I' || $kind === '+U') rows.push(text)
    else if (rows.includes(text)) rows.splice(rows.indexOf(text), 1)
  }

  shown(): string[] {
    return [...this.rows.values()].flatMap((rows) => rows.at(-1) ?? []).sort()
  }
}

function batchesOf(rows: readonly Row[], random: Random, most: number): Row[][] {
  const batches: Row[][] = []
  for (let at = 0; at < rows.length; ) {
    const size = 1 + random.below(most)
    batches.push(rows.slice(at, at + size))
    at += size
  }
  return batches
}

describe('a sink by a key that several rows have holds the last of those that are there', () => {
  for (let seed = 1; seed <= 4; seed++) {
    for (const most of [1, 12, 300]) {
      for (const restarts of [false, true]) {
        const how = restarts ? ', started again after each' : ''
        it(`after every step of up to ${most} changes${how} (seed ${seed})`, async () => {
          const random = seededRandom(seed)
          const batches = batchesOf(history(random), random, most)
          const { rows } = await stepsOf(plan, batches, { restarts })
          const piles = new Piles()
          const sink = new Map<string, string>()
          batches.forEach((batch, step) => {
            for (const row of batch) piles.take(row)
            for (const change of rows[step] ?? []) {
              const [, kind, team = ''] = /^(\S+) (team \d) /.exec(change) ?? []
              if (kind === '-D') sink.delete(team)
              else sink.set(team, change.slice(3))
            }
            assert.deepEqual([...sink.values()].sort(), piles.shown(), `after step ${step + 1}`)
          })
        })
      }
    }
  }

  it('forgets keys of which no row is left', async () => {
    const came = Array.from({ length: 50 }, (_, id) => ({ id, team: `team ${id % 3}`, points: id }))
    const kept: number[] = []
    await stepsOf(plan, [came, came.map((row) => ({ ...row, $kind: '-D' }))], {
      restarts: false,
      afterStep: (states) =>
        kept.push([...states.values()].reduce((sum, each) => sum + each.rowCount, 0)),
    })
    assert.deepEqual(kept, [50, 0, 0])
  })
})
