import fs from 'node:fs'
import path from 'node:path'

/** Of the project that is started: topics with Avro schemas, and jobs between them. */
export const sizes = { topics: 5, pipelines: 3, tables: 1 }

/** Writes a project of Avro alone into `folder`: orders come in, and what is made of them goes on. */
export function writeAvroProject(folder: string): void {
  const files: Record<string, string> = {
    'millrace.yaml': 'name: avro\n',
    'schemas/order.avsc': JSON.stringify({
      ...{ type: 'record', name: 'Order', namespace: 'shop' },
      fields: [
        { name: 'id', type: 'long' },
        { name: 'item', type: 'string' },
        { name: 'price', type: 'double' },
        { name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' } },
      ],
    }),
    'pipelines/expensive.sql': `${insert('expensive')} SELECT id, item, price, \`at\`
      FROM main.topics.orders WHERE price > 100;`,
    'pipelines/totals.sql': `CREATE TABLE totals (item STRING, n BIGINT, revenue DOUBLE,
        PRIMARY KEY (item) NOT ENFORCED)
      WITH ('connector' = 'upsert-kafka', 'topic' = 'totals', 'key.format' = 'json',
        'value.format' = 'avro-confluent');
      INSERT INTO totals SELECT item, COUNT(*), SUM(price) FROM main.topics.orders GROUP BY item;`,
    'pipelines/reduced.sql': `${insert('reduced')} SELECT id, item, price * 0.9, \`at\`
      FROM main.topics.expensive;`,
    'tables/totals.yaml': 'topic: totals\nkey: [item]\n',
  }
  for (const topic of ['orders', 'expensive', 'reduced', 'returns', 'reviews']) {
    files[`topics/${topic}.yaml`] = 'schema: order.avsc\nid: id\ntime: at\n'
  }
  for (const [file, text] of Object.entries(files)) {
    const place = path.join(folder, file)
    fs.mkdirSync(path.dirname(place), { recursive: true })
    fs.writeFileSync(place, text)
  }
}

function insert(topic: string): string {
  return `INSERT INTO main.topics.${topic}`
}

/** One order, as the gateway takes it. */
export function order(id: number): object {
  const at = new Date(1_700_000_000_000 + id * 10).toISOString()
  return { id, item: `item-${id % 100}`, price: (id * 7919) % 200, at }
}
