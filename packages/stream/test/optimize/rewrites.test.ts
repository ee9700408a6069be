import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Random, seededRandom } from '@millrace/host'
import { optimize } from '../../src/optimize/optimize.js'
import { type ScanNode, scansOf } from '../../src/plan/node.js'
import type { Plan } from '../../src/plan/plan.js'
import { planStatements } from '../../src/plan/script.js'
import type { DataType } from '../../src/plan/type.js'
import { baseName } from '../../src/plan/type-name.js'
import { runOnce } from '../../src/runtime/run-once.js'
import { parseScript, SqlError } from '../../src/sql/index.js'
import { textFiles } from '../sql/text-cases.js'

const rowCount = 60
const firstTimeMs = Date.UTC(2026, 0, 4)

type Row = Record<string, unknown>

/** The plan of a script, or undefined where it is one of those that are refused. */
function planOf(script: string): Plan | undefined {
  try {
    return planStatements(parseScript(script))
  } catch (error) {
    if (error instanceof SqlError) return undefined
    throw error
  }
}

/** Every script of the text files that can be planned, with expressions as scripts of their own. */
function scripts(): string[] {
  return ['plan', 'optimize'].flatMap((folder) =>
    textFiles(folder).flatMap(({ cases, name, prelude }) =>
      cases.flatMap(({ input }) =>
        name.startsWith('types')
          ? input.split('\n').map((line) => `${prelude}\n${expressionScript(line)}`)
          : [`${prelude}\n${input}`],
      ),
    ),
  )
}

function expressionScript(expression: string): string {
  return `CREATE TABLE texts (x STRING) WITH ('connector' = 'kafka', 'format' = 'json');
INSERT INTO texts SELECT CAST(y AS STRING) FROM (SELECT ${expression} AS y FROM t)`
}

/** Rows of all columns, their times rising, now and then NULL. */
function rowsFor({ table }: ScanNode, random: Random): Row[] {
  return Array.from({ length: rowCount }, (_, index) =>
    Object.fromEntries(
      table.columns.flatMap(({ expression, name, type }) => {
        if (expression !== undefined) return []
        const time = name === table.watermark?.column || type.kind.startsWith('timestamp')
        if (!time && type.nullable && random.below(8) === 0) return []
        return [[name, randomValue(type, index, random)]]
      }),
    ),
  )
}

function randomValue(type: DataType, index: number, random: Random): unknown {
  switch (type.kind) {
    case 'boolean':
      return random.below(2) === 0
    case 'float':
    case 'double':
      return random.below(40) / 4
    case 'decimal':
      return `${1 + random.below(99)}.${random.below(10)}`
    case 'char':
    case 'varchar':
      return String.fromCharCode(97 + random.below(3)).repeat(1 + random.below(3))
    case 'binary':
    case 'varbinary':
      return 'AAEC'
    case 'date':
      return '2026-01-04'
    case 'time':
      return '12:30:00'
    case 'timestamp':
    case 'timestampLtz':
      return new Date(firstTimeMs + index * 400_000 + random.below(400_000)).toISOString()
    case 'array':
      return Array.from({ length: random.below(3) }, () => randomValue(type.element, index, random))
    case 'map':
    case 'multiset':
      return type.kind === 'map' ? { k: randomValue(type.value, index, random) } : { k: 2 }
    case 'row':
      return Object.fromEntries(
        type.fields.map((field) => [field.name, randomValue(field.type, index, random)]),
      )
    default:
      return 1 + random.below(12)
  }
}

/** What a plan gives for the rows, or that it fails. */
async function outcome(plan: Plan, inputs: Map<string, Row[]>): Promise<string> {
  try {
    const results = await runOnce(plan, inputs)
    return JSON.stringify(
      [...results].map(([name, rows]) => [name, rows.map((row) => JSON.stringify(row)).sort()]),
    )
  } catch (error) {
    return `failed: ${error instanceof Error ? error.name : 'unknown'}`
  }
}

test('rewrites keep the names and types of what goes into a sink', () => {
  let count = 0
  for (const script of scripts()) {
    const plan = planOf(script)
    if (plan === undefined) continue
    const shapes = ({ inserts }: Plan) =>
      inserts.map(({ input }) => input.fields.map(({ name, type }) => [name, baseName(type)]))
    assert.deepEqual(shapes(optimize(plan)), shapes(plan), script)
    count++
  }
  assert.ok(count > 150, `only ${count} scripts were compared`)
})

test('rewrites change no result', async () => {
  const random = seededRandom(20_260_104)
  let compared = 0
  for (const script of scripts()) {
    const plan = planOf(script)
    if (plan === undefined || plan.inserts.length === 0) continue
    // What is drawn is another result each time.
    if (/\b(RAND|RAND_INTEGER|UUID)\(/.test(script)) continue
    const inputs = new Map<string, Row[]>()
    for (const scan of plan.inserts.flatMap(({ input }) => scansOf(input))) {
      if (!inputs.has(scan.table.name)) inputs.set(scan.table.name, rowsFor(scan, random))
    }
    const before = await outcome(plan, inputs)
    assert.equal(await outcome(optimize(plan), inputs), before, script)
    if (!before.startsWith('failed')) compared++
  }
  assert.ok(compared > 120, `only ${compared} scripts ran`)
})
