import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { DecodeError } from '../../src/formats/errors.js'
import { columnsOfJsonSchema } from '../../src/formats/json/columns.js'
import { RegistryJsonDecoder } from '../../src/formats/json/registry.js'
import { readRowObject } from '../../src/formats/row-object.js'
import type { Field } from '../../src/plan/type.js'
import { ColumnBatch } from '../../src/state/batch.js'

const schema = {
  type: 'object',
  properties: {
    page: { type: 'string' },
    seconds: { type: 'integer' },
    small: { type: 'integer', 'connect.type': 'int32' },
    share: { type: 'number' },
    done: { type: ['boolean', 'null'] },
    kind: { type: 'string', enum: ['a', 'b'] },
    note: { oneOf: [{ type: 'null' }, { type: 'string' }] },
    tags: { type: 'array', items: { type: 'string' } },
    counts: { type: 'object', additionalProperties: { type: 'integer' } },
    place: { $ref: '#/definitions/Place' },
  },
  required: ['page', 'done', 'note', 'tags', 'place'],
  definitions: {
    Place: { type: 'object', properties: { area: { type: 'integer' } }, required: ['area'] },
  },
}

describe('JSON of a registry', () => {
  it('makes a column of each property', () => {
    assert.deepEqual(
      columnsOfJsonSchema(JSON.stringify(schema)).map(({ name, type }) => `${name} ${type}`),
      [
        'page STRING NOT NULL',
        'seconds BIGINT',
        'small INT',
        'share DOUBLE',
        'done BOOLEAN',
        'kind STRING',
        'note STRING',
        'tags ARRAY<STRING NOT NULL> NOT NULL',
        'counts MAP<STRING, BIGINT NOT NULL>',
        'place ROW<`area` BIGINT NOT NULL> NOT NULL',
      ],
    )
  })

  for (const [property, why] of [
    [{ type: ['string', 'integer'] }, 'the field `f` is a union of 2 types'],
    [
      { oneOf: [{ type: 'string' }, { type: 'integer' }, { type: 'null' }] },
      'the field `f` is a union of 2 types',
    ],
    [{ type: 'array' }, 'the field `f` is array of anything'],
    [{ type: 'object' }, 'the field `f` is object of anything'],
    [{}, 'the field `f` is of no type'],
    [{ $ref: '#' }, 'the field `f.f` holds objects like the one that it is in'],
    [{ $ref: 'other.json' }, 'the field `f` refers to other.json, which is elsewhere'],
  ] as const) {
    it(`no column: ${JSON.stringify(property)}`, () => {
      const text = JSON.stringify({ type: 'object', properties: { f: property } })
      assert.throws(() => columnsOfJsonSchema(text), { name: 'NoColumnError', message: why })
    })
  }

  it('is no object', () => {
    assert.throws(() => columnsOfJsonSchema('{"type": "string"}'), { name: 'NoColumnError' })
  })

  it('is read behind the id of its schema', () => {
    const fields: Field[] = [{ name: 'seconds', type: { kind: 'bigint', nullable: true } }]
    const batch = new ColumnBatch(fields)
    const decoder = new RegistryJsonDecoder(
      fields.map((field, index) => ({ field, column: batch.column(index) })),
      { standard: 'SQL', ignoreParseErrors: false, failOnMissingField: false },
    )
    const framed = (text: string) =>
      Buffer.concat([Buffer.from([0, 0, 0, 0, 7]), Buffer.from(text)])
    const bytes = framed('{"page":"a","seconds":5}')
    assert.ok(decoder.decode(bytes, 0, bytes.length))
    assert.deepEqual({ ...readRowObject(batch, [], 0) }, { seconds: 5 })
    const bare = Buffer.from('{"seconds":5}')
    assert.throws(() => decoder.decode(bare, 0, bare.length), DecodeError)
  })
})
