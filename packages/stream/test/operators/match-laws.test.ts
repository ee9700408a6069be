import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Random, seededRandom } from '@millrace/host'
import { planScript } from '../../src/script.js'
import {
  matchesOf,
  type ReferencePattern,
  type ReferenceRow,
  type ReferenceTerm,
  type RowsSoFar,
} from './match-reference.js'
import { answersOf } from './recompute.js'
import { stepsOf } from './stepper.js'
import { canonical, history, type Row, table } from './trips.js'

const seeds = 40

/** A random pattern in Flink's words, and for the reference. */
interface Case {
  readonly sql: string
  readonly pattern: ReferencePattern
  readonly partition: string | undefined
}

type Condition = { readonly sql: string; readonly holds: ReferenceTerm['holds'] }

const numberOf = (row: ReferenceRow | undefined): number | undefined => {
  const value = row?.fare
  return value === null || value === undefined ? undefined : Number(value)
}

const faresOf = (rows: readonly ReferenceRow[]) => rows.flatMap((row) => numberOf(row) ?? [])

const less = (left: number | undefined, right: number | undefined) =>
  left !== undefined && right !== undefined && left < right

function conditionOf(random: Random, term: number, names: readonly string[]): Condition {
  const name = names[term] ?? ''
  const limit = random.below(40)
  const other = random.below(term + 1)
  const own = (rows: RowsSoFar) => rows.of(term)
  const now = (rows: RowsSoFar) => numberOf(rows.all.at(-1))
  const conditions: Condition[] = [
    { sql: 'TRUE', holds: () => true },
    { sql: `${name}.fare > ${limit}`, holds: (rows) => less(limit, now(rows)) },
    { sql: `${name}.fare < ${limit}`, holds: (rows) => less(now(rows), limit) },
    { sql: `${name}.fare IS NOT NULL`, holds: (rows) => now(rows) !== undefined },
    {
      sql: `LAST(${name}.fare, 1) IS NULL OR ${name}.fare > LAST(${name}.fare, 1)`,
      holds: (rows) => {
        const before = numberOf(own(rows).at(-2))
        return before === undefined || less(before, now(rows))
      },
    },
    {
      sql: `${name}.fare > ${names[other]}.fare - 5e0`,
      holds: (rows) => {
        const than = numberOf(rows.of(other).at(-1))
        return than !== undefined && less(than - 5, now(rows))
      },
    },
    {
      sql: `fare >= FIRST(fare, 1) AND fare < ${limit + 10}e0`,
      holds: (rows) => {
        const second = numberOf(rows.all[1])
        const value = now(rows)
        const isLeast = second !== undefined && value !== undefined && value >= second
        return isLeast && less(value, limit + 10)
      },
    },
    {
      sql: `COUNT(${names[other]}.id) < ${1 + random.below(4)}`,
      holds: () => true,
    },
    {
      sql: `SUM(${name}.fare) < ${limit * 2}`,
      holds: (rows) => {
        const fares = faresOf(own(rows))
        const sum = fares.reduce((total, each) => total + each, 0)
        return fares.length > 0 && sum < limit * 2
      },
    },
    {
      sql: `MAX(fare) - MIN(fare) < ${limit}`,
      holds: (rows) => {
        const fares = faresOf(rows.all)
        return fares.length > 0 && Math.max(...fares) - Math.min(...fares) < limit
      },
    },
    {
      // Left to DuckDB.
      sql: `ABS(${name}.fare - FIRST(${names[other]}.fare)) < ${limit}`,
      holds: (rows) => {
        const [first, value] = [numberOf(rows.of(other)[0]), now(rows)]
        return first !== undefined && value !== undefined && Math.abs(value - first) < limit
      },
    },
    {
      sql: `${name}.area IN (1, FIRST(area), ${names[other]}.area)`,
      holds: (rows) => {
        const area = rows.all.at(-1)?.area
        const among = [1, rows.all[0]?.area, rows.of(other).at(-1)?.area]
        return area !== null && area !== undefined && among.includes(area)
      },
    },
  ]
  const chosen = conditions[random.below(conditions.length)] as Condition
  if (!chosen.sql.startsWith('COUNT')) return chosen
  const most = Number(chosen.sql.split('< ')[1])
  return { sql: chosen.sql, holds: (rows) => rows.of(other).length < most }
}

const any = Number.POSITIVE_INFINITY

/** Quantifiers, each with the counts that it allows. */
const quantifiers: readonly (readonly [string, number, number])[] = [
  ...([
    ['', 1, 1],
    ['', 1, 1],
    ['?', 0, 1],
    ['*', 0, any],
    ['*?', 0, any],
    ['+', 1, any],
  ] as const),
  ...([
    ['+?', 1, any],
    ['{2}', 2, 2],
    ['{2,}', 2, any],
    ['{2,}?', 2, any],
  ] as const),
  ...([
    ['{1,3}', 1, 3],
    ['{1,3}?', 1, 3],
    ['{0,2}', 0, 2],
    ['{0,2}?', 0, 2],
  ] as const),
]

/** By event time, or in the order in which rows come, of which each step has a millisecond. */
function randomCase(random: Random, isArrival = false): Case {
  const count = 2 + random.below(3)
  const names = ['A', 'B', 'C', 'D'].slice(0, count)
  const chosen = names.map(
    () => quantifiers[random.below(quantifiers.length)] as (typeof quantifiers)[number],
  )
  const isGreedy = ([text, from, to]: (typeof quantifiers)[number]) =>
    !text.endsWith('?') && from !== to
  for (let place = 1; place < count; place++) {
    const [before, here] = [chosen[place - 1], chosen[place]]
    const mayBeNone = here?.[0] === '?' || here?.[0] === '*' || here?.[0] === '*?'
    if (before !== undefined && isGreedy(before) && mayBeNone) chosen[place] = ['', 1, 1]
  }
  const last = chosen[count - 1]
  if (last !== undefined && isGreedy(last)) chosen[count - 1] = ['+?', 1, any]
  if (chosen.every(([, from]) => from === 0)) chosen[random.below(count)] = ['', 1, 1]
  const conditions = names.map((_, term) => conditionOf(random, term, names))
  const terms = chosen.map((each, term): ReferenceTerm => {
    const [, from, to] = each
    const { holds } = conditions[term] as Condition
    return { name: names[term] ?? '', from, to, isGreedy: isGreedy(each), holds }
  })
  const targets = terms.flatMap(({ from }, term) => {
    return from > 0 && terms.slice(0, term).some((each) => each.from > 0) ? [term] : []
  })
  const target = targets[random.below(Math.max(1, targets.length))]
  const kind = random.below(target === undefined ? 2 : 4)
  const to = kind === 2 ? 'first' : 'last'
  const skip =
    kind === 0 || target === undefined
      ? 'next'
      : kind === 1
        ? 'past'
        : ({ to, term: target } as const)
  const skipSql =
    skip === 'next'
      ? 'TO NEXT ROW'
      : skip === 'past'
        ? 'PAST LAST ROW'
        : `TO ${skip.to.toUpperCase()} ${names[skip.term]}`
  const longMs = isArrival ? 1 + random.below(8) : 1000 * (1 + random.below(120))
  const withinMs = random.below(2) === 0 ? undefined : longMs
  const within = withinMs === undefined ? '' : ` WITHIN INTERVAL '${withinMs / 1000}' SECOND(3)`
  const partition = random.below(3) === 0 ? undefined : 'area'
  const measures = [
    ...['COUNT(*) AS n', 'FIRST(id) AS f', 'LAST(id) AS l', 'SUM(fare) AS s'],
    ...names.flatMap((name) => [
      `COUNT(${name}.id) AS n${name}`,
      `FIRST(${name}.id, 1) AS f${name}`,
    ]),
  ]
  const sql = `SELECT ${['n', 'f', 'l', 's', ...names.flatMap((name) => [`n${name}`, `f${name}`])].join(', ')}
    FROM arriving MATCH_RECOGNIZE (
      ${partition === undefined ? '' : `PARTITION BY ${partition}`} ORDER BY ${isArrival ? 'p' : 'rt'} MEASURES ${measures.join(', ')}
      AFTER MATCH SKIP ${skipSql} PATTERN (${chosen.map(([text], term) => `${names[term]}${text}`).join(' ')})${within}
      DEFINE ${conditions.map((each, term) => `${names[term]} AS ${each.sql}`).join(', ')})`
  const untilMs = Number.POSITIVE_INFINITY
  const limit = withinMs !== undefined && { withinMs }
  return { sql, partition, pattern: { terms, skip, untilMs, ...limit } }
}

/** What the sink holds, each row as text, sorted. */
function expected({ pattern, partition }: Case, rows: readonly Row[]): string[] {
  const ordered = rows
    .map(
      (row): ReferenceRow => ({ ...row, timeMs: Number(row.stepMs ?? Date.parse(`${row.rt}Z`)) }),
    )
    .sort((one, other) => one.timeMs - other.timeMs)
  const keys = new Set(partition === undefined ? [undefined] : ordered.map(({ area }) => area))
  return [...keys]
    .flatMap((key) =>
      matchesOf(
        pattern,
        partition === undefined ? ordered : ordered.filter(({ area }) => area === key),
      ),
    )
    .map((match) => {
      const fares = faresOf(match.all)
      const sum = fares.length === 0 ? null : fares.reduce((total, each) => total + each, 0)
      const ofTerms = pattern.terms.flatMap((_, term) => {
        const own = match.of(term)
        return [own.length, own[1]?.id ?? null]
      })
      const { all } = match
      return [all.length, all[0]?.id, all.at(-1)?.id, sum, ...ofTerms].map(canonical).join(' ')
    })
    .sort()
}

function planOf({ sql, pattern }: Case) {
  const ofTerms = pattern.terms.map(({ name }) => `n${name} BIGINT, f${name} BIGINT`).join(', ')
  return planScript(`${table}
    CREATE VIEW arriving AS SELECT *, PROCTIME() AS p FROM trips;
    CREATE TABLE answers (n BIGINT, f BIGINT, l BIGINT, s DOUBLE, ${ofTerms})
      WITH ('connector' = 'kafka', 'format' = 'json');
    INSERT INTO answers ${sql};`)
}

function cutInto(rows: readonly Row[], random: Random): Row[][] {
  const batches: Row[][] = []
  for (let at = 0; at < rows.length; at = batches.flat().length) {
    batches.push(rows.slice(at, at + 1 + random.below(20)))
  }
  return batches
}

/** The same in one step, in many, and stopped and started after each: the matches of the reference. */
async function check(each: Case, rows: readonly Row[], random: Random): Promise<number> {
  const plan = planOf(each)
  const answer = expected(each, rows)
  const whole = await answersOf(plan, rows, { batchSize: 1_000_000 })
  assert.deepEqual([...whole].sort(), answer, each.sql)
  const cut = await answersOf(plan, rows, { batchSize: 1 + random.below(30) })
  assert.deepEqual(cut, whole, each.sql)
  const batches = cutInto(rows, random)
  const steps = await stepsOf(plan, batches, { restarts: false })
  assert.deepEqual(await stepsOf(plan, batches, { restarts: true }), steps, each.sql)
  assert.deepEqual(steps.rows.flat(), whole, each.sql)
  return answer.length
}

describe('matches of random patterns are those of the reference', () => {
  let found = 0
  for (let seed = 1; seed <= seeds; seed++) {
    it(`in one step or in many, stopped and started after each (seed ${seed})`, async () => {
      const random = seededRandom(seed)
      found += await check(randomCase(random), history(random, 40 + random.below(80)), random)
    })
  }
  it('are more than a few', () => {
    assert.ok(found > seeds * 5, `${found} matches`)
  })
})

describe('matches in the order in which rows come', () => {
  for (let seed = 1; seed <= seeds / 2; seed++) {
    it(`are those of the reference, stopped and started after every step (seed ${seed})`, async () => {
      const random = seededRandom(1000 + seed)
      const each = randomCase(random, true)
      const batches = cutInto(history(random, 40 + random.below(80)), random)
      const rows = batches.flatMap((batch, stepMs) => batch.map((row) => ({ ...row, stepMs })))
      const pattern = { ...each.pattern, untilMs: batches.length }
      const answer = expected({ ...each, pattern }, rows)
      for (const restarts of [false, true]) {
        const steps = await stepsOf(planOf(each), batches, { restarts })
        assert.deepEqual(steps.rows.flat().sort(), answer, each.sql)
        assert.equal(steps.late, 0)
      }
    })
  }
})

describe('many matches that wait for one another', () => {
  for (let seed = 1; seed <= 8; seed++) {
    it(`are the same, stopped and started after every step (seed ${seed})`, async () => {
      const random = seededRandom(seed)
      const above = 2 + random.below(12)
      const one = { from: 1, to: 1, isGreedy: false }
      const each: Case = {
        sql: `SELECT n, f, l, s, nA, fA, nB, fB, nC, fC FROM trips MATCH_RECOGNIZE (ORDER BY rt
          MEASURES COUNT(*) AS n, FIRST(id) AS f, LAST(id) AS l, SUM(fare) AS s, COUNT(A.id) AS nA, FIRST(A.id, 1) AS fA,
            COUNT(B.id) AS nB, FIRST(B.id, 1) AS fB, COUNT(C.id) AS nC, FIRST(C.id, 1) AS fC
          AFTER MATCH SKIP TO NEXT ROW PATTERN (A B*? C) WITHIN INTERVAL '90' SECOND DEFINE C AS C.fare > A.fare + ${above}e0)`,
        partition: undefined,
        pattern: {
          skip: 'next',
          untilMs: any,
          withinMs: 90_000,
          terms: [
            { ...one, name: 'A', holds: () => true },
            { name: 'B', from: 0, to: any, isGreedy: false, holds: () => true },
            {
              ...one,
              name: 'C',
              holds: (rows) => {
                const [first, last] = [numberOf(rows.of(0)[0]), numberOf(rows.all.at(-1))]
                return first !== undefined && last !== undefined && last > first + above
              },
            },
          ],
        },
      }
      assert.ok((await check(each, history(random, 90), random)) > 0)
    })
  }
})

describe('a long match', () => {
  it('may have more rows in one step than a call of a function takes arguments', async () => {
    const plan = planScript(`
      CREATE TABLE given (id INT, p INT, rt TIMESTAMP(3), WATERMARK FOR rt AS rt)
      WITH ('connector' = 'kafka', 'topic' = 'given', 'format' = 'json');
      CREATE TABLE answers (x INT, y INT) WITH ('connector' = 'print');
      INSERT INTO answers SELECT x, y FROM given MATCH_RECOGNIZE (ORDER BY rt
        MEASURES A.id AS x, C.id AS y AFTER MATCH SKIP PAST LAST ROW
        PATTERN (A B+ C) DEFINE A AS A.p = 1, B AS B.p = 2, C AS C.p = 3)`)
    const count = 150_000
    const rows = Array.from({ length: count }, (_, id) => {
      const rt = new Date(Date.UTC(2026, 0, 1) + id * 10).toISOString().slice(0, 23)
      return { id, p: id === 0 ? 1 : id === count - 1 ? 3 : 2, rt: rt.replace('T', ' ') }
    })
    const batches = [rows.slice(0, -1), rows.slice(-1)]
    const steps = await stepsOf(plan, batches, { restarts: false })
    assert.deepEqual(steps.rows.flat(), [`0 ${count - 1}`])
  })
})
