import { declarationOfTopic, type ExternalCatalog } from '../../src/script.js'

const record = (name: string, fields: readonly [string, unknown][]) => ({
  text: JSON.stringify({
    type: 'record',
    name,
    fields: fields.map(([field, type]) => ({ name: field, type })),
  }),
})

const instant = { type: 'long', logicalType: 'timestamp-millis' }

const orders = record('Order', [
  ['id', 'long'],
  ['customer', ['null', 'string']],
  ['amount', { type: 'bytes', logicalType: 'decimal', precision: 10, scale: 2 }],
  ['lines', { type: 'array', items: 'string' }],
])

const tables = [
  declarationOfTopic({ topic: 'orders', value: orders }),
  declarationOfTopic({
    topic: 'clicks',
    value: record('Click', [
      ['page', 'string'],
      ['at', instant],
    ]),
    keyField: 'page',
    timeField: 'at',
  }),
  declarationOfTopic({
    topic: 'customers',
    key: record('CustomerKey', [['id', 'long']]),
    value: record('Customer', [
      ['id', 'long'],
      ['name', 'string'],
    ]),
    isCompacted: true,
  }),
  declarationOfTopic({
    topic: 'totals',
    value: record('Total', [
      ['customer', 'string'],
      ['orders', 'long'],
    ]),
    keyField: 'customer',
    isCompacted: true,
  }),
  declarationOfTopic({ topic: 'odd', value: record('Odd', [['either', ['int', 'string']]]) }),
  declarationOfTopic({
    topic: 'visits',
    value: {
      type: 'JSON',
      text: JSON.stringify({
        type: 'object',
        properties: { page: { type: 'string' }, seconds: { type: 'integer' } },
        required: ['page'],
      }),
    },
    keyField: 'page',
  }),
  declarationOfTopic({
    topic: 'referring',
    value: record('Referring', [['order', 'shop.Order']]),
  }),
  declarationOfTopic({ topic: 'protobuf', value: { type: 'PROTOBUF', text: '' } }),
  {
    name: 'plain',
    refusal: { message: 'the topic `plain` has no schema', hint: 'register one for plain-value' },
  },
]

/** Two clusters: `main` is there without any statement, `other` is created by one. */
export const testCatalogs: readonly ExternalCatalog[] = [
  { name: 'main', database: 'topics', tables },
  {
    name: 'other',
    database: 'topics',
    createdWith: { type: 'millrace', 'properties.bootstrap.servers': 'localhost:9' },
    tables: [
      declarationOfTopic({
        topic: 'orders',
        value: orders,
        options: { 'properties.bootstrap.servers': 'localhost:9' },
      }),
    ],
  },
]
