import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { TestContext } from 'node:test'
import { temporaryFolder } from './folder.js'

const json = (schema: object) => JSON.stringify(schema, undefined, 2)

/** A project with a topic of each language, two of which share parts. */
export function mixedProject(t: TestContext): string {
  const folder = path.join(temporaryFolder(t), 'shop')
  const files: Record<string, string> = {
    'millrace.yaml': 'name: shop\n',
    'topics/gifts.yaml': 'schema: gift.schema.json\nkey: id\nid: id\ntime: at\n',
    'topics/invoices.yaml': 'schema: invoice.proto\nkey: id\nid: id\ntime: at\n',
    'topics/orders.yaml': 'schema: order.avsc\nid: id\n',
    'schemas/order.avsc': json({
      ...{ type: 'record', name: 'Order', namespace: 'shop' },
      fields: [
        { name: 'id', type: 'long' },
        { name: 'price', type: 'Money' },
      ],
    }),
    'schemas/money.avsc': json({
      ...{ type: 'record', name: 'Money', namespace: 'shop' },
      fields: [{ name: 'amount', type: 'double' }],
    }),
    'schemas/gift.schema.json': json({
      ...{ title: 'Gift', type: 'object', additionalProperties: false },
      properties: {
        id: { type: 'string', format: 'uuid' },
        at: { type: 'string', format: 'date-time' },
        price: { $ref: 'price.json' },
        code: { type: 'string', pattern: '^[A-Z]{3}-\\d{4}$' },
      },
      required: ['id', 'at', 'price'],
    }),
    'schemas/price.json': json({ type: 'number', minimum: 0, maximum: 500, multipleOf: 0.01 }),
    'schemas/invoice.proto': `syntax = "proto3";
package shop;

import "google/protobuf/timestamp.proto";
import "line.proto";

message Invoice {
  int64 id = 1;
  google.protobuf.Timestamp at = 2;
  repeated Line lines = 3;
}
`,
    'schemas/line.proto':
      'syntax = "proto3";\npackage shop;\n\nmessage Line {\n  string item = 1;\n  double price = 2;\n}\n',
  }
  for (const [file, text] of Object.entries(files)) {
    const place = path.join(folder, file)
    mkdirSync(path.dirname(place), { recursive: true })
    writeFileSync(place, text)
  }
  return folder
}
