import assert from 'node:assert/strict'
import path from 'node:path'
import { describe, it } from 'node:test'
import { runOnce } from '../../src/runtime/run-once.js'
import { modulesIn, planScript } from '../../src/script.js'
import { stepsOf } from './stepper.js'

const modules = modulesIn(path.join(import.meta.dirname, '../../../test/user-functions'))

async function answers(
  names: readonly string[],
  columns: string,
  query: string,
  rows: readonly Record<string, unknown>[],
) {
  const functions = names.map(
    (name) => `CREATE FUNCTION ${name} AS './functions.js#${name}' LANGUAGE JAVASCRIPT;`,
  )
  const text = `${functions.join('\n')}
    CREATE TABLE given (${columns}) WITH ('connector' = 'kafka', 'format' = 'json');
    ${query}`
  const result = await runOnce(planScript(text, { modules }), new Map([['given', rows]]), {
    batchSize: 3,
  })
  return (result.get('answers') ?? []).map((row) => Object.values(row))
}

const into = (columns: string) =>
  `CREATE TABLE answers (${columns}) WITH ('connector' = 'kafka', 'format' = 'json');`

describe('functions of a script of its own', () => {
  it('see NULL, and give it', async () => {
    const rows = [
      { s: 'a', i: 2 },
      { s: null, i: 1 },
      { s: 'b', i: null },
    ]
    const query = `${into('a STRING, b DOUBLE')} INSERT INTO answers SELECT shout(s, i), half(i) FROM given`
    assert.deepEqual(await answers(['shout', 'half'], 's STRING, i INT', query, rows), [
      ['A!!', 1],
      ['NOBODY', 0.5],
      ['B', null],
    ])
  })

  it('get values of every type, and give them back as they were', async () => {
    const types = {
      Boolean: ['BOOLEAN', true],
      Tinyint: ['TINYINT', -128],
      Smallint: ['SMALLINT', 32767],
      Int: ['INT', -2147483648],
      Bigint: ['BIGINT', '9223372036854775807'],
      Float: ['FLOAT', 1.5],
      Double: ['DOUBLE', 0.1],
      Decimal: ['DECIMAL(10, 2)', '12345678.91'],
      Char: ['CHAR(3)', 'abc'],
      Varchar: ['VARCHAR(10)', 'größer'],
      String: ['STRING', 'a longer text than fits into a slot'],
      Bytes: ['BYTES', Buffer.from([0, 255, 1]).toString('base64')],
      Date: ['DATE', '2026-01-07'],
      Time: ['TIME(0)', '13:45:56'],
      Timestamp: ['TIMESTAMP(3)', '1969-12-31 23:59:59.999'],
      Micros: ['TIMESTAMP(6)', '2026-01-07 13:45:56.789123'],
      Instant: ['TIMESTAMP_LTZ(3)', '2026-01-07 13:45:56.789Z'],
    } as const
    const names = Object.keys(types)
    const columns = Object.values(types).map(([type], index) => `c${index} ${type}`)
    const row = Object.fromEntries(
      Object.values(types).map(([, value], index) => [`c${index}`, value]),
    )
    const calls = names.map((name, index) => `c${index}, same${name}(c${index})`)
    const sink = Object.values(types).flatMap(([type], index) => [
      `a${index} ${type}`,
      `b${index} ${type}`,
    ])
    const query = `${into(sink.join(', '))} INSERT INTO answers SELECT ${calls.join(', ')} FROM given`
    const functions = names.map((name) => `same${name}`)
    const [given = [], nothing = []] = await answers(functions, columns.join(', '), query, [
      row,
      {},
    ])
    names.forEach((name, index) => {
      assert.notEqual(given[2 * index], null, name)
      assert.deepEqual(given[2 * index + 1], given[2 * index], name)
    })
    assert(nothing.every((value) => value === null))
  })

  it('get numbers with digits and times as texts', async () => {
    const query = `${into('a STRING')} INSERT INTO answers SELECT kindOf(m, b, t) FROM given`
    const rows = [{ m: '1.50', b: 7, t: '2026-01-07 13:45:56.7' }]
    assert.deepEqual(
      await answers(['kindOf'], 'm DECIMAL(10, 2), b BIGINT, t TIMESTAMP(3)', query, rows),
      [['string 1.50, bigint 7, string 2026-01-07 13:45:56.700']],
    )
  })

  it('get values made of others, and give them', async () => {
    const query = `${into('r ROW<n INT, total BIGINT, share MAP<STRING, DOUBLE>>, parts ARRAY<STRING>')}
      INSERT INTO answers SELECT summed(xs), parted(s, ROW(',', TRUE)) FROM given`
    const rows = [{ xs: [1, null, 3], s: 'a,"b",' }, { s: '' }]
    assert.deepEqual(await answers(['summed', 'parted'], 'xs ARRAY<INT>, s STRING', query, rows), [
      [{ n: 3, total: 4, share: { 1: 0.25, 3: 0.75 } }, ['a', '"b"', '']],
      [null, ['']],
    ])
  })

  it('are called for the rows that a CASE leads to', async () => {
    const query = `${into('a INT')} INSERT INTO answers SELECT CASE WHEN i > 2 THEN -1 ELSE careful(i, s) END FROM given`
    const rows = [
      { i: 1, s: 'abc' },
      { i: 3, s: 'x' },
      { i: 2, s: '' },
    ]
    assert.deepEqual(await answers(['careful'], 'i INT, s STRING', query, rows), [[3], [-1], [0]])
  })

  it('say for which row they fail', async () => {
    const run = (name: string, call: string) =>
      answers(
        [name],
        'i INT, s STRING',
        `${into('a INT')} INSERT INTO answers SELECT ${call} FROM given`,
        [
          { i: 1, s: 'a' },
          { i: 3, s: "it's" },
        ],
      )
    await assert.rejects(
      run('careful', 'careful(i, s)'),
      /the function CAREFUL fails for \(3, 'it's'\): 3 is too much/,
    )
    await assert.rejects(
      run('liar', 'liar(i)'),
      /the function LIAR gives '1' for \(1\), which is no INT/,
    )
    await assert.rejects(
      run('late', 'late(i)'),
      /the function LATE gives a promise for \(1\), which is no INT/,
    )
    await assert.rejects(
      run('crooked', 'CARDINALITY(crooked(i))'),
      /the function CROOKED gives 1, for \(1\), which is no ARRAY<INT NOT NULL>/,
    )
    await assert.rejects(
      run('nothing', 'nothing(i)'),
      /the function NOTHING gives null for \(1\), which is no INT/,
    )
  })

  it('that are others each time are called once for each row', async () => {
    const query = `${into('a BIGINT, b BIGINT')} INSERT INTO answers SELECT n, n FROM (SELECT counter() AS n FROM given) WHERE n >= 0`
    const rows = await answers(
      ['counter'],
      'i INT',
      query,
      Array.from({ length: 10 }, (_, i) => ({ i })),
    )
    assert(rows.every(([a, b]) => a === b))
    assert.equal(new Set(rows.map(([a]) => a)).size, 10)
    assert.equal(Math.max(...rows.map(([a]) => Number(a))), 9)
  })

  it('may be others when a job goes on with open matches, which they may end', async () => {
    const now = { answer: true }
    const wanted = {
      parameters: ['INT'],
      returns: 'BOOLEAN',
      call: (n: number) => n > 0 && now.answer,
    }
    const plan = planScript(
      `CREATE FUNCTION wanted AS 'own.js#wanted' LANGUAGE JAVASCRIPT;
      CREATE TABLE given (id INT, n INT, at_time TIMESTAMP(3), WATERMARK FOR at_time AS at_time)
      WITH ('connector' = 'kafka', 'format' = 'json');
      CREATE TABLE answers (a INT, b INT) WITH ('connector' = 'kafka', 'format' = 'json');
      INSERT INTO answers SELECT a, b FROM given MATCH_RECOGNIZE (ORDER BY at_time
        MEASURES A.id AS a, C.id AS b AFTER MATCH SKIP PAST LAST ROW
        PATTERN (A B+ C) DEFINE A AS A.n = 1, B AS wanted(B.n), C AS C.n = 0)`,
      { modules: () => ({ wanted }) },
    )
    const row = (id: number, n: number) => ({ id, n, at_time: `2026-01-01 00:00:0${id}` })
    const batches = [[row(0, 1), row(1, 2)], [row(2, 2)], [row(3, 1), row(4, 2), row(5, 0)]]
    let steps = 0
    const { rows } = await stepsOf(plan, batches, {
      restarts: true,
      afterStep: () => {
        steps++
        now.answer = steps !== 1
      },
    })
    assert.deepEqual(rows.flat(), ['3 5'])
  })
})
