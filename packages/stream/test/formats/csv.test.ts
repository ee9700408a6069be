import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Random, seededRandom } from '@millrace/host'
import { CsvDecoder } from '../../src/formats/csv/decode.js'
import { CsvEncoder } from '../../src/formats/csv/encode.js'
import { csvOptions } from '../../src/formats/csv/options.js'
import { CsvScanner } from '../../src/formats/csv/scanner.js'
import { DecodeError } from '../../src/formats/errors.js'
import type { Field } from '../../src/plan/type.js'
import { ColumnBatch } from '../../src/state/batch.js'

const text = { kind: 'varchar', length: 2_147_483_647, nullable: true } as const
const fields: readonly Field[] = ['a', 'b', 'c'].map((name) => ({ name, type: text }))

/** Characters that mean something, and some that do not. */
const characters = [...',;|"\'\\/\n\r\t #0nx ä€']

/** What each option may be, one of each column at a time. */
const settings: readonly Readonly<Record<string, string>>[] = [
  { 'null-literal': 'NULL' },
  { 'null-literal': 'NULL', 'field-delimiter': '|', 'quote-character': "'" },
  { 'null-literal': 'NULL', 'field-delimiter': '\\t', 'escape-character': '\\' },
  { 'null-literal': 'NULL', 'escape-character': '/' },
  { 'null-literal': 'NULL', 'escape-character': '\\', 'allow-comments': 'true' },
]

describe('CSV', () => {
  for (const [index, setting] of settings.entries()) {
    it(`what was written is read back, whatever is in it (${index})`, () => {
      const options = csvOptions(new Map(Object.entries(setting)))
      const random = seededRandom(index + 1)
      for (let round = 0; round < 500; round++) {
        const values = fields.map(() => randomText(random))
        // Of a text that is not in quotes, white space before a comment's place would be lost.
        if (options.allowComments) values[0] = `x${values[0] ?? ''}`
        const written = new ColumnBatch(fields)
        values.forEach((value, place) => {
          if (value === null) written.bytes(place).pushNull()
          else written.bytes(place).pushString(value)
        })
        const encoder = new CsvEncoder(
          fields.map((field, place) => ({ field, index: place })),
          options,
        )
        const bytes = encoder.encode(written.columns, 0)
        const read = new ColumnBatch(fields)
        const targets = fields.map((field, place) => ({ field, column: read.column(place) }))
        assert.ok(new CsvDecoder(targets, fields, options).decode(bytes, 0, bytes.length))
        const found = fields.map((_, place) => {
          const column = read.bytes(place)
          return column.validity.isValid(0) ? column.stringAt(0) : null
        })
        assert.deepEqual(found, values, bytes.toString())
      }
    })
  }

  it('is cut into lines wherever they end, and refused only with a DecodeError', () => {
    const random = seededRandom(7)
    const scanner = new CsvScanner(csvOptions(new Map([['escape-character', '\\']])))
    for (let round = 0; round < 3000; round++) {
      const bytes = Buffer.from(Array.from({ length: 5 }, () => randomText(random) ?? '').join(''))
      let at = 0
      try {
        while (scanner.scan(bytes, at, bytes.length)) {
          assert.ok(scanner.end > at, 'a line has an end')
          assert.ok(scanner.count > 0, 'a line has a field')
          at = scanner.end
        }
        assert.equal(at, bytes.length)
      } catch (error) {
        assert.ok(error instanceof DecodeError, String(error))
      }
    }
  })
})

function randomText(random: Random): string | null {
  const length = random.below(30)
  if (length === 29) return null
  return Array.from({ length }, () => characters[random.below(characters.length)]).join('')
}
