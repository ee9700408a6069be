import assert from 'node:assert/strict'
import { it } from 'node:test'
import { seededRandom } from '@millrace/host'
import { Engine } from '../../src/operators/duckdb/engine.js'
import { expressionSql } from '../../src/operators/duckdb/expression.js'
import { interpreted } from '../../src/operators/match/interpreter.js'
import { pushValue, type Value, valueAt } from '../../src/operators/match/value.js'
import type { Expression } from '../../src/plan/expression.js'
import type { DataType, Field } from '../../src/plan/type.js'
import { planScript } from '../../src/script.js'
import { ColumnBatch } from '../../src/state/batch.js'

/** Expressions that are computed here, one value at a time. */
const here = [
  ...[
    'i > j',
    'i >= 5',
    'i <> j OR b',
    'NOT b AND i < j',
    'b IS NULL',
    'b IS NOT TRUE',
    'b IS FALSE',
  ],
  ...[
    'i + j',
    'i - 7',
    'i * j',
    'i * 2147483647',
    'l + i',
    'l * l',
    'l * 9223372036854775807',
    '-5 + i',
  ],
  ...[
    'x + y',
    'x - y * 2e0',
    'x > y',
    'x = y',
    'x <> y',
    'x < i',
    'x BETWEEN y AND 3e0',
    'x IN (1e0, y, 0e0)',
  ],
  ...['m > n', 'm + n', 'm - n', 'm * n', 'm > i', 'm + 1.5 > n', 'm = 1.50', 'm IN (1, n)'],
  ...['s = t', 's < t', "s >= 'b'", "s IN ('a', t)", "s <> 'é'", 's IS NOT NULL'],
  ...[
    'd < e',
    'd = e',
    "d > DATE '2026-01-03'",
    'a < z',
    "a + INTERVAL '1' HOUR > z",
    "a - INTERVAL '2' DAY",
  ],
  ...[
    "a = TIMESTAMP '2026-01-04 10:00:00'",
    'CASE WHEN i > j THEN x WHEN b THEN y ELSE 1e0 END > 1e0',
  ],
  ...[
    'CASE i WHEN 1 THEN j ELSE l END',
    'i BETWEEN j AND 8',
    'CAST(i AS BIGINT) > l',
    'CAST(i AS DOUBLE) > x',
  ],
  ...['CAST(m AS DECIMAL(20, 4)) = n', 'r < 2', 'f > x'],
]

/** Expressions that are left to DuckDB: they may fail, or are not simple. */
const notHere = [
  'i / j',
  'ABS(i) > 1',
  'UPPER(s) = t',
  'MOD(i, 2)',
  'CAST(s AS INT)',
  'CAST(x AS INT)',
  "s LIKE 'a%'",
]

const columns = `i INT, j INT, l BIGINT, b BOOLEAN, x DOUBLE, y DOUBLE, m DECIMAL(8, 2), n DECIMAL(12, 4),
  s STRING, t STRING, d DATE, e DATE, a TIMESTAMP(3), z TIMESTAMP(3), r SMALLINT, f FLOAT`

/** The expressions as they are planned, and the columns that they are over. */
function planned(): { expressions: readonly Expression[]; fields: readonly Field[] } {
  const items = [...here, ...notHere].map((each, index) => `CAST(${each} AS STRING) AS e${index}`)
  const names = columns.match(/\w+(?= [A-Z])/g) ?? []
  const answers = [...items, ...names].map((_, index) => `c${index} STRING`)
  const plan =
    planScript(`CREATE TABLE given (${columns}) WITH ('connector' = 'kafka', 'format' = 'json');
    CREATE TABLE answers (${answers.join(', ')}) WITH ('connector' = 'kafka', 'format' = 'json');
    INSERT INTO answers SELECT ${[...items, ...names.map((name) => `CAST(${name} AS STRING)`)].join(', ')} FROM given;`)
  const node = plan.inserts[0]?.input
  if (node?.kind !== 'project') throw new Error('the plan is a projection')
  const expressions = node.expressions.slice(0, items.length)
  return {
    expressions: expressions.map((each) => (each.kind === 'cast' ? each.input : each)),
    fields: node.input.fields,
  }
}

function randomValue(type: DataType, random: ReturnType<typeof seededRandom>): Value {
  if (random.below(6) === 0) return null
  const day = 20_456 + random.below(4)
  switch (type.kind) {
    case 'boolean':
      return random.below(2) === 0
    case 'int':
    case 'smallint':
      return type.kind === 'int' && random.below(8) === 0 ? 2_147_483_647 : random.below(10) - 2
    case 'bigint':
      return random.below(8) === 0 ? 9_223_372_036_854_775_000n : BigInt(random.below(10) - 2)
    case 'double':
    case 'float':
      return [Number.NaN, Number.POSITIVE_INFINITY, -0, 0][random.below(12)] ?? random.below(12) / 4
    case 'decimal':
      return BigInt(random.below(5) * 50) * 10n ** BigInt(type.scale - 2)
    case 'date':
      return day
    case 'timestamp':
      return BigInt(day) * 86_400_000_000n + BigInt(random.below(3)) * 3_600_000_000n
    default:
      return ['a', 'b', 'é', '\u{1f600}', '\uffee', ''][random.below(6)] ?? ''
  }
}

it('what is computed here is what DuckDB computes', async () => {
  const { expressions, fields } = planned()
  const random = seededRandom(5)
  const rows = new ColumnBatch(fields)
  for (let row = 0; row < 500; row++) {
    for (const [index, { type }] of fields.entries())
      pushValue(rows.column(index), randomValue(type, random))
  }
  // DuckDB's rule for NaN makes FALSE of a comparison with NULL; nobody orders by such rows.
  const floating = ['x', 'y', 'f'].map((name) => fields.findIndex((field) => field.name === name))
  const isOdd = (row: number) => {
    const values = floating.map((column) => valueAt(rows.column(column), row))
    return values.includes(null) && values.some(Number.isNaN)
  }
  const engine = await Engine.create()
  const relation = engine.relation('given', fields)
  relation.load([rows])
  for (const [index, expression] of expressions.slice(0, here.length).entries()) {
    const evaluate = interpreted(expression) ?? assert.fail(`${here[index]} is left to DuckDB`)
    const field = { name: 'answer', type: { ...expression.type, nullable: true } }
    const sql = `SELECT ${expressionSql(expression)} AS c0 FROM given() ORDER BY place_of_row`
    const answers = (await (await engine.statement(sql, [field])).run()).column(0)
    for (let row = 0; row < rows.rowCount; row++) {
      if (isOdd(row)) continue
      const value = evaluate((column) => valueAt(rows.column(column), row))
      const seen = fields.map((each, column) => `${each.name}=${valueAt(rows.column(column), row)}`)
      assert.deepEqual(value, valueAt(answers, row), `${here[index]}: ${seen.join(' ')}`)
    }
  }
  engine.close()
})

it('the rest is left to DuckDB', () => {
  for (const [index, expression] of planned().expressions.slice(here.length).entries()) {
    assert.equal(interpreted(expression), undefined, notHere[index])
  }
})
