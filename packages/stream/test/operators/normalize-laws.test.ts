import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Random, seededRandom } from '@millrace/host'
import { runOnce } from '../../src/runtime/run-once.js'
import { planScript } from '../../src/script.js'

type Row = Record<string, unknown>

const byKey = "WITH ('connector' = 'upsert-kafka', 'key.format' = 'json', 'value.format' = 'json')"
const answers = `CREATE TABLE answers (team STRING, n BIGINT, points BIGINT, best INT, PRIMARY KEY (team) NOT ENFORCED) ${byKey};
  INSERT INTO answers SELECT team, COUNT(*), SUM(CAST(points AS BIGINT)), MAX(points) FROM players GROUP BY team`
const upserts = `CREATE TABLE players (id INT, team STRING, points INT, tags ARRAY<STRING>, PRIMARY KEY (id) NOT ENFORCED) ${byKey}; ${answers}`
const changes = `CREATE TABLE players (id INT, team STRING, points INT) WITH ('connector' = 'kafka', 'format' = 'debezium-json'); ${answers}`

/** Rows and deletions by key, of keys that are there and of others, the same row now and then twice. */
function history(random: Random): Row[] {
  return Array.from({ length: 300 }, () => {
    const id = random.below(25)
    if (random.below(4) === 0) return { id, $kind: '-D' }
    return {
      id,
      team: `team ${random.below(4)}`,
      points: random.below(3),
      tags: [`${random.below(2)}`],
    }
  })
}

/** The changes of a history, as a log of changes would tell them. */
function told(rows: readonly Row[]): Row[] {
  const latest = new Map<unknown, Row>()
  return rows.flatMap((row) => {
    const before = latest.get(row.id)
    if (row.$kind === '-D') {
      latest.delete(row.id)
      return before === undefined ? [] : [{ ...before, $kind: '-D' }]
    }
    latest.set(row.id, row)
    return before === undefined
      ? [{ ...row, $kind: '+I' }]
      : [
          { ...before, $kind: '-U' },
          { ...row, $kind: '+U' },
        ]
  })
}

function expected(rows: readonly Row[]): Row[] {
  const latest = new Map<unknown, Row>()
  for (const row of rows) {
    if (row.$kind === '-D') latest.delete(row.id)
    else latest.set(row.id, row)
  }
  const teams = new Map<unknown, { team: unknown; n: number; points: number; best: number }>()
  for (const { team, points } of latest.values()) {
    const known = teams.get(team) ?? { team, n: 0, points: 0, best: 0 }
    known.n++
    known.points += Number(points)
    known.best = Math.max(known.best, Number(points))
    teams.set(team, known)
  }
  return [...teams.values()].sort(byTeam)
}

const byTeam = (left: Row, right: Row) => String(left.team).localeCompare(String(right.team))

describe('changes that a source tells: incremental equals recompute', () => {
  for (let seed = 1; seed <= 4; seed++) {
    it(`for any prefix, cut into batches of any size (seed ${seed})`, async () => {
      const random = seededRandom(seed)
      const rows = history(random)
      for (const length of [1, 1 + random.below(300), 300]) {
        const prefix = rows.slice(0, length)
        for (const batchSize of [1000, 1 + random.below(40)]) {
          for (const [script, input] of [
            [upserts, prefix],
            [changes, told(prefix)],
          ] as const) {
            const result = await runOnce(planScript(script), new Map([['players', input]]), {
              batchSize,
            })
            assert.deepEqual(result.get('answers')?.sort(byTeam), expected(prefix))
          }
        }
      }
    })
  }
})
