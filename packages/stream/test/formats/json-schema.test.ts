import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { DecodeError } from '../../src/formats/errors.js'
import { columnsOfJsonSchema } from '../../src/formats/json/columns.js'
import { requiredBySchema } from '../../src/formats/json/json-schema.js'
import { RegistryJsonDecoder } from '../../src/formats/json/registry.js'
import { pushRowObject, readRowObject } from '../../src/formats/row-object.js'
import { tableEncoder } from '../../src/formats/table-format.js'
import { rowKind } from '../../src/plan/row-kind.js'
import type { TableDefinition } from '../../src/plan/table.js'
import type { DataType, Field } from '../../src/plan/type.js'
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

  it('is written as the schema has it: what is NULL is left out unless it has to be there', async () => {
    const table = (schemaText?: string): TableDefinition => ({
      name: 'pages',
      columns: [
        { name: 'page', type: { kind: 'varchar', length: 100, nullable: false } },
        { name: 'seconds', type: { kind: 'bigint', nullable: true } },
        { name: 'note', type: { kind: 'varchar', length: 100, nullable: true } },
        { name: 'visits', type: { kind: 'array', element: visit, nullable: true } },
      ],
      primaryKey: [],
      options: new Map([
        ['connector', 'kafka'],
        ['format', 'json-registry'],
        ...(schemaText === undefined ? [] : [['json-registry.schema', schemaText] as const]),
      ]),
    })
    const registered: string[][] = []
    const schemas = {
      byId: () => Promise.reject(new Error('nothing is read')),
      register: async (...given: string[]) => {
        registered.push(given)
        return 7
      },
    }
    const rows = [
      { page: 'a', seconds: 5, note: 'n', visits: [{ at: 'x', by: null }, null] },
      { page: 'b', seconds: null, note: null, visits: null },
    ]
    const written = async (definition: TableDefinition) => {
      const { value } = await tableEncoder(definition, 'pages', schemas)
      const batch = new ColumnBatch(definition.columns)
      for (const row of rows) pushRowObject(batch, new Set(Object.keys(row)), row)
      return rows.map((_, row) => value.encode(batch.columns, row, rowKind.insert))
    }
    const own = JSON.stringify({
      type: 'object',
      properties: {
        page: { type: 'string' },
        seconds: { type: 'integer' },
        note: { type: ['string', 'null'] },
        more: { type: 'string' },
        visits: {
          type: 'array',
          items: {
            type: ['object', 'null'],
            properties: { at: { type: 'string' }, by: { type: ['string', 'null'] } },
            required: ['by'],
          },
        },
      },
      required: ['page', 'note'],
    })
    const texts = (records: readonly Buffer[]) => {
      return records.map((record) => {
        assert.deepEqual([...record.subarray(0, 5)], [0, 0, 0, 0, 7])
        return record.subarray(5).toString()
      })
    }
    assert.deepEqual(texts(await written(table(own))), [
      '{"page":"a","seconds":5,"note":"n","visits":[{"at":"x","by":null},null]}',
      '{"page":"b","note":null}',
    ])
    assert.deepEqual(texts(await written(table())), [
      '{"page":"a","seconds":5,"note":"n","visits":[{"at":"x"},null]}',
      '{"page":"b"}',
    ])
    const [, [subject, derived = '', type] = []] = registered
    assert.deepEqual([subject, type], ['pages-value', 'JSON'])
    assert.deepEqual(
      columnsOfJsonSchema(derived).map((column) => `${column.name} ${column.type}`),
      [
        'page STRING NOT NULL',
        'seconds BIGINT',
        'note STRING',
        'visits ARRAY<ROW<`at` STRING, `by` STRING>>',
      ],
    )
  })

  for (const [properties, required, why] of [
    [{ seconds: { type: 'integer' } }, [], "the schema has no property 'page'"],
    [
      { page: { type: 'integer' }, seconds: { type: 'integer' } },
      [],
      "'page' is VARCHAR, and BIGINT by the schema",
    ],
    [
      { page: { type: 'string' }, seconds: { type: 'integer' }, more: { type: 'string' } },
      ['more'],
      "the schema requires a property 'more', and there is no column of it",
    ],
  ] as const) {
    it(`is not written: ${why}`, () => {
      const text = JSON.stringify({ type: 'object', properties, required })
      const fields: Field[] = [
        { name: 'page', type: { kind: 'varchar', length: 100, nullable: false } },
        { name: 'seconds', type: { kind: 'bigint', nullable: true } },
      ]
      assert.throws(
        () => requiredBySchema(text, fields),
        (error: Error) => error.message.startsWith(why),
      )
    })
  }
})

const text: DataType = { kind: 'varchar', length: 100, nullable: true }
const visit: DataType = {
  kind: 'row',
  fields: [
    { name: 'at', type: text },
    { name: 'by', type: text },
  ],
  nullable: true,
}
