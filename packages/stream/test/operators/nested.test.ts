import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { seededRandom } from '@millrace/host'
import { runOnce } from '../../src/runtime/run-once.js'
import { planScript } from '../../src/script.js'

const json = "WITH ('connector' = 'kafka', 'format' = 'json')"
const columns = `id INT, xs ARRAY<INT>, names ARRAY<STRING>, nil ARRAY<INT>, m MAP<STRING, INT>,
  r ROW<a INT, b STRING, in ROW<c DOUBLE, \`A b\` BOOLEAN>>, rs ARRAY<ROW<k STRING, v DECIMAL(10, 2)>>,
  bag MULTISET<STRING>, mm MAP<STRING, ARRAY<BIGINT>>, ts ARRAY<TIMESTAMP(3)>, bs ROW<b BYTES>`
const row = {
  id: 2,
  xs: [3, null, 5],
  names: ['a"b', 'NULL', '', 'ü\\'],
  m: { x: 1, y: null },
  r: { a: 7, b: 'seven', in: { c: 1e300, 'A b': true } },
  rs: [{ k: 'one', v: '1.10' }, null, { k: 'two' }],
  bag: { s: 2, t: 1 },
  mm: { big: ['9007199254740993'] },
  ts: ['2026-01-04 10:00:00.123'],
  bs: { b: 'AAEC/w==' },
}

async function evaluate(expression: string, type: string): Promise<unknown> {
  const plan = planScript(`CREATE TABLE given (${columns.replace(' in ROW', ' `in` ROW')}) ${json};
    CREATE TABLE answers (answer ${type}) ${json};
    INSERT INTO answers SELECT ${expression} FROM given;`)
  const result = await runOnce(plan, new Map([['given', [row]]]))
  return result.get('answers')?.[0]?.answer
}

const values: readonly (readonly [expression: string, type: string, value: unknown])[] = [
  ['xs', 'ARRAY<INT>', [3, null, 5]],
  ['names', 'ARRAY<STRING>', row.names],
  ['nil', 'ARRAY<INT>', null],
  [
    'r',
    'ROW<a INT, b STRING, i ROW<c DOUBLE, d BOOLEAN>>',
    { a: 7, b: 'seven', i: { c: 1e300, d: true } },
  ],
  ['bag', 'MULTISET<STRING>', { s: 2, t: 1 }],
  ['mm', 'MAP<STRING, ARRAY<BIGINT>>', { big: ['9007199254740993'] }],
  ['ts', 'ARRAY<TIMESTAMP(3)>', ['2026-01-04T10:00:00.123']],
  ['bs', 'ROW<b BYTES>', { b: 'AAEC/w==' }],
  ['xs[1]', 'INT', 3],
  ['xs[2]', 'INT', null],
  ['xs[id + 1]', 'INT', 5],
  ['xs[id - 3]', 'INT', null],
  ['xs[9]', 'INT', null],
  ['nil[1]', 'INT', null],
  ["m['x']", 'INT', 1],
  ["m['y']", 'INT', null],
  ["m['z']", 'INT', null],
  ['r.a', 'INT', 7],
  ['r.`in`.`A b`', 'BOOLEAN', true],
  ['given.r.b', 'STRING', 'seven'],
  ['rs[1].v', 'DECIMAL(10, 2)', 1.1],
  ['rs[2].k', 'STRING', null],
  ['rs[3].v', 'DECIMAL(10, 2)', null],
  ["mm['big'][1]", 'BIGINT', '9007199254740993'],
  ['CARDINALITY(xs)', 'INT', 3],
  ['CARDINALITY(m)', 'INT', 2],
  ['CARDINALITY(nil)', 'INT', null],
  ["ELEMENT(mm['big'])", 'BIGINT', '9007199254740993'],
  ['ELEMENT(nil)', 'INT', null],
  ["ROW(id, 'x')", 'ROW<a BIGINT, b STRING>', { a: 2, b: 'x' }],
  ['(id, CAST(NULL AS STRING))', 'ROW<a INT, b STRING>', { a: 2, b: null }],
  ['ARRAY[id, 2, NULL]', 'ARRAY<DOUBLE>', [2, 2, null]],
  ["MAP['a', 1, 'b', id]", 'MAP<STRING, BIGINT>', { a: 1, b: 2 }],
  ["MAP[r.b, 1, 'seven', id]", 'MAP<STRING, INT>', { seven: 2 }],
  ["MAP[1, ARRAY['x']][1][1]", 'STRING', 'x'],
  ['CAST(xs AS ARRAY<STRING>)', 'ARRAY<STRING>', ['3', null, '5']],
  ['CAST(ROW(1.5, TRUE) AS ROW<a INT, b STRING>)', 'ROW<a INT, b STRING>', { a: 1, b: 'TRUE' }],
  ['CAST(ARRAY[xs, nil] AS STRING)', 'STRING', '[[3, NULL, 5], NULL]'],
  ['CAST(bag AS STRING)', 'STRING', '{s=2, t=1}'],
  ['xs = ARRAY[3, CAST(NULL AS INT), 5]', 'BOOLEAN', true],
  ['ROW(1, 2) = ROW(1, 3)', 'BOOLEAN', false],
  ['r IS NULL', 'BOOLEAN', false],
  ['CASE WHEN id = 1 THEN xs ELSE ARRAY[id] END', 'ARRAY<INT>', [2]],
  ['COALESCE(nil, xs)[1]', 'INT', 3],
  ["X'00ff'", 'BYTES', 'AP8='],
]

describe('values made of others', () => {
  for (const [expression, type, value] of values) {
    it(`${expression}: ${type}`, async () => {
      assert.deepEqual(await evaluate(expression, type), value)
    })
  }

  it('ELEMENT of more than one fails', async () => {
    await assert.rejects(evaluate('ELEMENT(xs)', 'INT'), /ELEMENT of an array of more than one/)
  })
})

async function unnested(select: string, from: string, sink: string): Promise<unknown[][]> {
  const plan = planScript(`CREATE TABLE given (${columns.replace(' in ROW', ' `in` ROW')}) ${json};
    CREATE TABLE answers (${sink}) ${json};
    INSERT INTO answers SELECT ${select} FROM given ${from};`)
  const result = await runOnce(plan, new Map([['given', [{ id: 1 }, row]]]))
  return (result.get('answers') ?? []).map((each) => Object.values(each))
}

describe('UNNEST', () => {
  it('of an array, in its order', async () => {
    const from = 'CROSS JOIN UNNEST(xs) AS t (x)'
    assert.deepEqual(await unnested('id, x', from, 'id INT, x INT'), [
      [2, 3],
      [2, null],
      [2, 5],
    ])
  })
  it('with places', async () => {
    const from = ', UNNEST(names) WITH ORDINALITY AS t (n, place)'
    assert.deepEqual(await unnested('place, n', from, 'p INT, n STRING'), [
      [1, 'a"b'],
      [2, 'NULL'],
      [3, ''],
      [4, 'ü\\'],
    ])
  })
  it('of rows and of a map', async () => {
    const rows = await unnested('k, v', 'CROSS JOIN UNNEST(rs)', 'k STRING, v DECIMAL(10, 2)')
    assert.deepEqual(rows, [
      ['one', 1.1],
      [null, null],
      ['two', null],
    ])
    const entries = await unnested(
      'e.k, e.v',
      'CROSS JOIN UNNEST(m) AS e (k, v)',
      'k STRING, v INT',
    )
    assert.deepEqual(entries, [
      ['x', 1],
      ['y', null],
    ])
  })
  it('of a multiset, each as often as it is there', async () => {
    const rows = await unnested('x', 'CROSS JOIN UNNEST(bag) AS t (x)', 'x STRING')
    assert.deepEqual(rows.flat().sort(), ['s', 's', 't'])
  })
  it('keeps rows without elements in a LEFT JOIN', async () => {
    const from = 'LEFT JOIN UNNEST(xs) WITH ORDINALITY AS t (x, place) ON TRUE'
    assert.deepEqual(await unnested('id, x, place', from, 'id INT, x INT, place INT'), [
      [1, null, null],
      [2, 3, 1],
      [2, null, 2],
      [2, 5, 3],
    ])
  })
  it('with a condition', async () => {
    const from = 'JOIN UNNEST(xs) AS t (x) ON x > id + 1'
    assert.deepEqual(await unnested('x', from, 'x INT'), [[5]])
  })
})

/** Tags counted by how often each comes, in whatever batches; arrays and rows as keys and in state. */
describe('incremental equals recompute over nested values', () => {
  const script = `CREATE TABLE given (id INT, tags ARRAY<ROW<name STRING, n INT>>) ${json};
    CREATE TABLE answers (pair ROW<name STRING, big BOOLEAN>, name STRING, n BIGINT, kinds BIGINT, last ARRAY<STRING>,
      PRIMARY KEY (pair, name) NOT ENFORCED)
    WITH ('connector' = 'upsert-kafka', 'key.format' = 'json', 'value.format' = 'json');
    INSERT INTO answers
    SELECT pair, name, SUM(m), COUNT(DISTINCT names), ARRAY[MAX(name)] FROM (
      SELECT ROW(name, n > 5) AS pair, name, ARRAY[name, 'x'] AS names, COUNT(*) AS m
      FROM (SELECT COALESCE(name, 'none') AS name, n FROM given CROSS JOIN UNNEST(tags) AS t (name, n))
      GROUP BY name, n, ARRAY[name, 'x']
    ) GROUP BY pair, name`
  for (let seed = 1; seed <= 3; seed++) {
    it(`for any prefix, cut into batches of any size (seed ${seed})`, async () => {
      const random = seededRandom(seed)
      const rows = Array.from({ length: 120 }, (_, id) => ({
        id,
        tags: Array.from({ length: random.below(4) }, () =>
          random.below(6) === 0 ? null : { name: `tag ${random.below(4)}`, n: random.below(10) },
        ),
      }))
      for (const length of [0, 1 + random.below(100), 120]) {
        const counts = new Map<string, number>()
        for (const tag of rows.slice(0, length).flatMap(({ tags }) => tags)) {
          const pair = JSON.stringify({
            name: tag?.name ?? 'none',
            big: tag === null ? null : tag.n > 5,
          })
          counts.set(pair, (counts.get(pair) ?? 0) + 1)
        }
        for (const batchSize of [1000, 1 + random.below(30)]) {
          const input = new Map([['given', rows.slice(0, length)]])
          const result = await runOnce(planScript(script), input, { batchSize })
          const answer = result.get('answers') ?? []
          assert.deepEqual(new Map(answer.map(({ pair, n }) => [JSON.stringify(pair), n])), counts)
          for (const { pair, kinds, last } of answer) {
            const { name } = pair as { name: string }
            assert.deepEqual([kinds, last], [1, [name]])
          }
        }
      }
    })
  }
})
