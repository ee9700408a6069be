import assert from 'node:assert/strict'
import { test } from 'node:test'
import { jsonLine, RecordPrinter } from '../src/events/print.js'
import { readable } from '../src/events/readable.js'

const decimal = { type: 'bytes', logicalType: 'decimal', precision: 10, scale: 2 }

test('decimals are printed as their digits', () => {
  const convert = readable(JSON.stringify(decimal))
  for (const [bytes, text] of [
    [[0x04, 0x0e], '10.38'],
    [[0x64], '1.00'],
    [[0x05], '0.05'],
    [[0xff], '-0.01'],
    [[0x80, 0x00], '-327.68'],
    [[], '0.00'],
  ] as const) {
    assert.equal(convert(Buffer.from(bytes)), text)
  }
  assert.equal(
    readable('{"type":"bytes","logicalType":"decimal","precision":4}')(Buffer.of(7)),
    '7',
  )
})

test('whatever holds a decimal is looked into; other bytes are base64', () => {
  const schema = {
    type: 'record',
    name: 'Outer',
    namespace: 'shop',
    fields: [
      { name: 'price', type: ['null', decimal] },
      { name: 'gone', type: ['null', decimal] },
      { name: 'prices', type: { type: 'array', items: decimal } },
      { name: 'by_item', type: { type: 'map', values: decimal } },
      { name: 'photo', type: 'bytes' },
      { name: 'inner', type: ['null', 'shop.Outer'] },
    ],
  }
  const one = Buffer.of(100)
  const flat = { price: one, gone: null, prices: [one], by_item: { tea: one }, photo: one }
  const printed = {
    price: '1.00',
    gone: null,
    prices: ['1.00'],
    by_item: { tea: '1.00' },
    photo: 'ZA==',
  }
  assert.deepEqual(readable(JSON.stringify(schema))({ ...flat, inner: { ...flat, inner: null } }), {
    ...printed,
    inner: { ...printed, inner: null },
  })
})

test('whole numbers beyond a number’s reach keep their digits', async () => {
  const printer = new RecordPrinter({} as never)
  assert.equal(jsonLine({ a: 5n, b: 2n ** 60n }), '{"a":5,"b":"1152921504606846976"}')
  const record = { offset: 0, timestamp: 0, key: null, headers: [] }
  const value = Buffer.from('{"n":9007199254740993}')
  const printed = await printer.print(0, { ...record, value } as never)
  assert.equal(jsonLine(printed.value), '{"n":"9007199254740993"}')
})
