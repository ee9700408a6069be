import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { planScript } from '../../src/script.js'
import { SqlError } from '../../src/sql/index.js'

const root = path.join(import.meta.dirname, '..', '..', '..', '..', '..')
const document = path.join(root, 'docs', 'flink-sql.md')
const tests = path.join(root, 'packages', 'stream', 'test')

const tables = `CREATE TABLE t (a INT, b STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ('connector' = 'kafka', 'format' = 'json');
CREATE TABLE s (a INT) WITH ('connector' = 'kafka', 'format' = 'json');`

/** Rows of the document: a feature, what is said of it, and the case or the statement that shows it. */
const row = /^\| ([^|]+) \| (there|not there: [^|]*) \| `(.*)` \|$/gm

function errorOf(statement: string): string | undefined {
  try {
    planScript(`${tables}\n${statement};`)
    return undefined
  } catch (error) {
    if (error instanceof SqlError) return error.message.replaceAll('|', '/')
    throw error
  }
}

describe('the table of features', () => {
  let text = readFileSync(document, 'utf8')
  if (process.env.MILLRACE_REWRITE === '1') {
    text = text.replace(row, (line, feature: string, said: string, shown: string) =>
      said === 'there' ? line : `| ${feature} | not there: ${errorOf(shown)} | \`${shown}\` |`,
    )
    writeFileSync(document, text)
  }
  for (const [, feature, said, shown = ''] of text.matchAll(row)) {
    it(`${feature}: ${said}`, () => {
      if (said !== 'there') {
        const error = errorOf(shown)
        assert.ok(error !== undefined, 'it is there')
        assert.equal(said, `not there: ${error}`)
        return
      }
      const [file = '', ...title] = shown.split(': ')
      const name = title.join(': ')
      const lines = readFileSync(path.join(tests, file), 'utf8').split('\n')
      const isIt = (line: string) => line === `== ${name}` || line.startsWith(`${name} | `)
      assert.ok(lines.some(isIt), `no case ${shown}`)
    })
  }
})
