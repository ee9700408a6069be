import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '@millrace/host'
import { optimize } from '../../src/optimize/optimize.js'
import { planStatements } from '../../src/plan/script.js'
import { parseScript, SqlError } from '../../src/sql/index.js'
import { textFiles } from './text-cases.js'

const mutationsPerSeed = 40
const fragments = [
  ...[
    '(',
    ')',
    ',',
    ';',
    "'",
    '`',
    '"',
    '--',
    '/*',
    '*/',
    '.',
    '*',
    '=>',
    '[',
    ']',
    '<',
    '>',
    '\\',
  ],
  ...['SELECT', 'FROM', 'WHERE', 'GROUP BY', 'NOT', 'NULL', 'CASE', 'END', 'INTERVAL', 'TABLE'],
  ...[
    'CAST(',
    'AS',
    'OVER (',
    'FILTER (',
    'IN (',
    'BETWEEN',
    'window_start',
    'SUM(',
    'ROW(',
    '1e9',
  ],
  ...['99999999999999999999', '0.0', "''", '\u{1F600}', '\0', '\n', 'DESCRIPTOR(', 'INSERT INTO'],
]

/** Each case of each text file, as the whole script that it is. */
function scripts(): string[] {
  return ['sql', 'plan', 'optimize'].flatMap((folder) =>
    textFiles(folder).flatMap(({ cases, name, prelude }) =>
      name.startsWith('types') ? [] : cases.map(({ input }) => `${prelude}\n${input}`),
    ),
  )
}

function mutate(text: string, next: (below: number) => number): string {
  const at = next(text.length + 1)
  const fragment = fragments[next(fragments.length)] ?? ''
  switch (next(5)) {
    case 0:
      return text.slice(0, at) + text.slice(at + 1 + next(8))
    case 1:
      return `${text.slice(0, at)} ${fragment} ${text.slice(at)}`
    case 2:
      return text.slice(0, at) + fragment + text.slice(at + fragment.length)
    case 3: {
      const from = next(text.length + 1)
      return text.slice(0, at) + text.slice(from, from + next(40)) + text.slice(at)
    }
    default:
      return text.slice(0, at)
  }
}

function check(script: string): void {
  try {
    optimize(planStatements(parseScript(script)))
  } catch (error) {
    assert.ok(error instanceof SqlError, `${error} for the script\n${script}`)
    const lines = script.split('\n')
    assert.ok(error.line >= 1 && error.line <= lines.length, `line ${error.line} of\n${script}`)
    const line = lines[error.line - 1] ?? ''
    assert.ok(error.column >= 1 && error.column <= line.length + 1, `column of ${error.render()}`)
    assert.ok(error.render().includes('^'))
  }
}

test('a broken script gives a SqlError with a place in it, and nothing else', () => {
  scripts().forEach((script, seed) => {
    const random = seededRandom(seed)
    const next = (below: number) => random.below(below)
    for (let round = 0; round < mutationsPerSeed; round++) {
      let mutated = script
      for (let change = 0; change <= next(3); change++) mutated = mutate(mutated, next)
      check(mutated)
    }
  })
})

test('deep nesting is refused, not overflowed', () => {
  for (const [open, close] of [
    ['(', ')'],
    ['NOT ', ''],
    ['- ', ''],
    ['CASE WHEN TRUE THEN ', ' END'],
    ['(SELECT a FROM (SELECT ', '))'],
    ['ARRAY[', ']'],
  ] as const) {
    const depth = 20_000
    check(`INSERT INTO s SELECT ${open.repeat(depth)}1${close.repeat(depth)} FROM t`)
  }
  check(`INSERT INTO s SELECT ${'1 + '.repeat(50_000)}1 FROM t`)
  check(`CREATE TABLE t (a ${'ARRAY<'.repeat(20_000)}INT${'>'.repeat(20_000)})`)
})

test('a long chain of aggregates is planned in reasonable time', () => {
  const table = '(a INT, n BIGINT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts)'
  const options = "WITH ('connector' = 'kafka', 'format' = 'json')"
  const window = "TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' MINUTE))"
  const sum = `1 ${'+ COUNT(*) '.repeat(990)}`
  const script = `CREATE TABLE t ${table} ${options}; CREATE TABLE s (a INT, n BIGINT) ${options};
    INSERT INTO s SELECT a + 1, ${sum} FROM ${window} GROUP BY a + 1, window_start, window_end`
  const started = performance.now()
  assert.equal(planStatements(parseScript(script)).inserts.length, 1)
  const elapsedMs = performance.now() - started
  assert.ok(elapsedMs < 5000, `it took ${elapsedMs} ms`)
})
