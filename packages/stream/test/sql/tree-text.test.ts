import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseScript, SqlError } from '../../src/sql/index.js'
import { textFiles } from './text-cases.js'
import { statementText } from './tree-text.js'

/** Deep copies without places. */
function withoutPlaces(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (key, each: unknown) => (/^(at|.+At)$/.test(key) ? undefined : each)),
  )
}

test('a tree written out as SQL and read again is the same tree', () => {
  let count = 0
  for (const folder of ['sql', 'session', 'plan', 'optimize']) {
    for (const { cases, name, prelude } of textFiles(folder)) {
      for (const { input } of name.startsWith('types') ? [] : cases) {
        let statements: ReturnType<typeof parseScript>
        try {
          statements = parseScript(`${prelude}\n${input}`)
        } catch (error) {
          if (error instanceof SqlError) continue
          throw error
        }
        const again = parseScript(statements.map(statementText).join(';\n'))
        assert.deepEqual(withoutPlaces(again), withoutPlaces(statements), input)
        count++
      }
    }
  }
  assert.ok(count > 50, `only ${count} scripts were compared`)
})
