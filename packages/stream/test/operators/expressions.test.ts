import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { runOnce } from '../../src/runtime/run-once.js'
import { planScript } from '../../src/script.js'

// The text file lies beside the source, not beside what is compiled from it.
const golden = new URL('../../../test/operators/expressions.test.txt', import.meta.url)

const row = {
  i: 7,
  j: -2,
  z: 0,
  big: '9223372036854775807',
  small: '-9223372036854775808',
  t: 127,
  d: 2.5,
  e: -0.5,
  zero: 0,
  m: '12.34',
  k: '0.06',
  s: 'Hello',
  u: 'größer',
  blank: '  x ',
  p: 'a_c',
  digits: '12',
  words: 'twelve',
  yes: true,
  nay: false,
  ts: '2026-01-07 13:45:56.789',
  early: '1969-12-31 23:59:59.999',
  micro: '2026-01-07 13:45:56.789123',
  daily: '2026-01-07',
  last: '9999-12-31 23:59:59.999',
}

const columns = `i INT, j INT, z INT, n INT, big BIGINT, small BIGINT, t TINYINT, d DOUBLE, e DOUBLE,
  zero DOUBLE, m DECIMAL(10, 2), k DECIMAL(10, 2), s STRING, u STRING, blank STRING, p STRING,
  digits STRING, words STRING, yes BOOLEAN, nay BOOLEAN, maybe BOOLEAN, ts TIMESTAMP(3),
  early TIMESTAMP(3), micro TIMESTAMP(6), daily DATE, last TIMESTAMP(3)`

async function evaluate(expression: string, type: string): Promise<string> {
  const plan = planScript(`
    CREATE TABLE given (${columns}) WITH ('connector' = 'kafka', 'format' = 'json');
    CREATE TABLE answers (answer ${type}) WITH ('connector' = 'kafka', 'format' = 'json');
    INSERT INTO answers SELECT ${expression} FROM given;`)
  const result = await runOnce(plan, new Map([['given', [row]]]))
  const [answer] = result.get('answers') ?? []
  return shown(answer?.answer, type)
}

function shown(value: unknown, type: string): string {
  if (value === null) return 'NULL'
  if (typeof value === 'boolean') return String(value).toUpperCase()
  if (type.startsWith('TIMESTAMP')) return String(value).replace('T', ' ')
  return String(value)
}

const lines = readFileSync(golden, 'utf8').split('\n')

describe('expressions, as Flink has them', () => {
  lines.forEach((line, index) => {
    if (line === '' || line.startsWith('#')) return
    const [expression = '', type = '', expected = ''] = line.split(' | ')
    it(`line ${index + 1}: ${expression}`, async () => {
      if (expected.startsWith('! ')) {
        const part = expected.slice(2)
        await assert.rejects(evaluate(expression, type), (error: Error) =>
          error.message.includes(part),
        )
        return
      }
      const actual = await evaluate(expression, type)
      const bothNumbers = type.startsWith('DECIMAL') && expected !== 'NULL'
      if (bothNumbers) assert.equal(Number(actual), Number(expected))
      else assert.equal(actual, expected)
    })
  })
})
