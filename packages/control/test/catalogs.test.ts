import assert from 'node:assert/strict'
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { realHost } from '@millrace/host'
import { ProjectError, renderProblem } from '../src/project/problem.js'
import { loadProject } from '../src/project/project.js'
import { temporaryFolder } from './folder.js'
import { eventually, millrace, RunningMillrace } from './millrace.js'

const template = fileURLToPath(new URL('../../template', import.meta.url))

const costs = {
  type: 'record',
  name: 'Cost',
  namespace: 'shop',
  fields: [
    { name: 'item', type: ['null', 'string'], default: null },
    { name: 'price', type: 'double' },
  ],
}

/** A project in which a pipeline reads one topic and writes another, and declares neither. */
function shop(t: TestContext, script: string): string {
  const folder = temporaryFolder(t)
  cpSync(template, folder, { recursive: true })
  const write = (name: string, text: string) => writeFileSync(path.join(folder, name), text)
  write('millrace.yaml', 'name: shop\nclusters:\n  archive:\n')
  write('schemas/costs.avsc', JSON.stringify(costs))
  write('topics/costs.yaml', 'schema: costs.avsc\npartitions: 1\n')
  write('topics/plain.yaml', 'partitions: 1\n')
  write('topics/invoices.yaml', 'cluster: archive\nschema: costs.avsc\n')
  write('pipelines/costs.sql', script)
  return folder
}

const costOrders = `USE CATALOG main;
INSERT INTO costs SELECT item, price FROM orders WHERE price > 10;
`

function problemsOf(folder: string): string[] {
  try {
    loadProject(realHost.disk, folder)
    return []
  } catch (cause) {
    if (!(cause instanceof ProjectError)) throw cause
    return cause.problems.map(renderProblem)
  }
}

test('topics of a project with schemas are tables of its pipelines', (t) => {
  const project = loadProject(realHost.disk, shop(t, costOrders))
  const pipeline = project.pipelines.find(({ name }) => name === 'costs')
  assert.deepEqual([pipeline?.sources, pipeline?.sinks], [['orders'], ['costs']])
  const [insert] = pipeline?.plan.inserts ?? []
  assert.equal(insert?.table.name, 'main.topics.costs')
})

for (const [name, script, problem] of [
  [
    'a topic that is not there',
    'INSERT INTO main.topics.costs SELECT item, price FROM main.topics.oders;',
    '1:67: there is no table `oders` in the catalog `main`. Did you mean `orders`?',
  ],
  [
    'a topic without a schema',
    'INSERT INTO main.topics.costs SELECT item, price FROM main.topics.plain;',
    '1:67: the topic `plain` has no schema, and so no columns. Write `schema` into topics/plain.yaml, or declare a table with CREATE TABLE.',
  ],
  [
    'a catalog that is not there',
    'USE CATALOG mian;',
    '1:13: there is no catalog `mian`. Did you mean `main`?',
  ],
  [
    'a topic of another cluster that is read',
    'INSERT INTO main.topics.costs\nSELECT item, price FROM archive.topics.invoices;',
    '2:25: `archive.topics.invoices` reads the topic `invoices`, which is on the cluster `archive`. Pipelines and tables work on the cluster `main`.',
  ],
  [
    'a topic of another cluster that is written',
    'USE CATALOG archive;\nINSERT INTO invoices SELECT item, price FROM main.topics.orders;',
    '2:13: it writes the topic `invoices`, which is on the cluster `archive`. Pipelines and tables work on the cluster `main`.',
  ],
  [
    'a catalog that a pipeline creates',
    "CREATE CATALOG other WITH ('type' = 'millrace', 'properties.bootstrap.servers' = 'localhost:9');",
    '1:16: what is in the catalog `other` is not known here. There is archive and main, without any statement; `millrace run` asks others.',
  ],
] as const) {
  test(`refused at its place: ${name}`, (t) => {
    assert.deepEqual(problemsOf(shop(t, script)), [`pipelines/costs.sql:${problem}`])
  })
}

test('what a pipeline writes is a table of those that come before it too', (t) => {
  const folder = shop(t, costOrders)
  const write = (name: string, text: string) => {
    writeFileSync(path.join(folder, 'pipelines', name), text)
  }
  const json = "'connector' = 'kafka', 'format' = 'json'"
  write(
    'a.sql',
    `CREATE TABLE best (item STRING, total DECIMAL(14, 2)) WITH (${json});
INSERT INTO best SELECT item, total FROM main.topics.totals WHERE total > 100;`,
  )
  write(
    'b.sql',
    `CREATE TABLE totals (item STRING NOT NULL, total DECIMAL(14, 2), PRIMARY KEY (item) NOT ENFORCED)
WITH ('connector' = 'upsert-kafka', 'key.format' = 'json', 'value.format' = 'avro-confluent');
INSERT INTO totals SELECT item, SUM(revenue) FROM main.topics.sales GROUP BY item;`,
  )
  // `best` only takes new rows, and the latest total of an item changes.
  assert.deepEqual(problemsOf(folder).length, 1)
  assert.match(problemsOf(folder)[0] ?? '', /^pipelines\/a\.sql:2:\d+: `best` takes new rows only/)
  write(
    'a.sql',
    `CREATE TABLE best (item STRING NOT NULL, total DECIMAL(14, 2), PRIMARY KEY (item) NOT ENFORCED)
WITH ('connector' = 'upsert-kafka', 'key.format' = 'json', 'value.format' = 'json');
INSERT INTO best SELECT item, total FROM main.topics.totals WHERE total > 100;`,
  )
  const project = loadProject(realHost.disk, folder)
  assert.deepEqual(
    project.pipelines.map(({ name, sources }) => [name, sources]),
    [
      ['a', ['totals']],
      ['b', ['sales']],
      ['costs', ['orders']],
      ['sales', ['orders']],
    ],
  )
  // A script that cannot be planned is told alone: what it would have written is not asked for.
  write('b.sql', 'CREATE TABLE totals;')
  assert.match(problemsOf(folder).join('\n'), /^pipelines\/b\.sql:1:14: .*no columns\.$/)
})

test('of a topic that could not be read, a pipeline is told nothing more', (t) => {
  const folder = shop(t, costOrders)
  writeFileSync(path.join(folder, 'schemas', 'costs.avsc'), '{"type": "recrd"}')
  assert.match(problemsOf(folder).join('\n'), /^schemas\/costs\.avsc: .*recrd.*$/)
  const other = shop(t, costOrders)
  writeFileSync(path.join(other, 'topics', 'costs.yaml'), 'schema: [costs')
  assert.match(problemsOf(other).join('\n'), /^topics\/costs\.yaml:\d+:\d+: this is not YAML.*$/)
})

test('a pipeline test names topics with their catalogs or without', async (t) => {
  const folder = shop(t, costOrders)
  mkdirSync(path.join(folder, 'pipelines'), { recursive: true })
  const cases = `pipeline: costs.sql
cases:
  - name: by the topic
    given:
      orders:
        - { order_id: 1, item: tea, price: 3.50, ordered_at: "2026-01-04 10:00:05" }
        - { order_id: 2, item: cake, price: 42, ordered_at: "2026-01-04 10:00:20" }
    expect:
      main.topics.costs:
        - { item: cake, price: 42 }
  - name: by another name
    given:
      order: []
    expect:
      costs: []
`
  writeFileSync(path.join(folder, 'pipelines', 'costs.test.yaml'), cases)
  const { code, out } = await millrace(['test', folder])
  assert.equal(code, 1)
  assert.match(out, /ok +pipelines\/costs\.test\.yaml: by the topic/)
  assert.match(out, /`given` names the table `order`, which the pipeline does not read/)
})

test('a script beside a project that does not run knows its tables, and runs nothing', async (t) => {
  const folder = shop(t, costOrders)
  const script = path.join(folder, 'reports', 'report.sql')
  mkdirSync(path.dirname(script))
  writeFileSync(script, 'SHOW TABLES FROM main.topics; DESCRIBE main.topics.costs;')
  const shown = await millrace(['run', script, '--quiet'])
  assert.equal(shown.code, 0, shown.err)
  assert.match(shown.out, /\| +costs \|\n\| +orders \|\n\| +sales \|\n/)
  assert.match(shown.out, /\| +price \| +DOUBLE \|/)
  writeFileSync(script, 'SELECT item FROM main.topics.orders;')
  const ran = await millrace(['run', script, '--quiet'])
  assert.equal(ran.code, 1)
  assert.match(
    ran.err,
    /^The table main\.topics\.orders does not say where its broker is\. .*`millrace up`\.\n$/,
  )
  // Of a project whose topics are broken only those who want them are told.
  writeFileSync(path.join(folder, 'topics', 'costs.yaml'), 'schema: [costs')
  const broken = await millrace(['run', script, '--quiet'])
  assert.match(broken.err, /^topics\/costs\.yaml:\d+:\d+: this is not YAML/)
  writeFileSync(script, 'SELECT 1;')
  assert.equal((await millrace(['run', script, '--quiet'])).code, 0)
})

test('a pipeline reads and writes topics without any CREATE TABLE, and so does a script beside it', async (t) => {
  const folder = shop(t, costOrders)
  const up = new RunningMillrace(t, ['up', folder, '--free-ports', '--json'])
  await up.json()
  const file = path.join(folder, 'more.ndjson')
  const order = { order_id: 1, item: 'tea', price: 3.5, ordered_at: 1767520800000 }
  const orders = [order, { ...order, order_id: 2, item: 'cake', price: 42 }]
  writeFileSync(file, orders.map((each) => JSON.stringify(each)).join('\n'))
  const produced = await millrace(['produce', 'orders', '-C', folder, '--file', file])
  assert.equal(produced.code, 0, produced.err)
  const written = await eventually('a row of the pipeline', async () => {
    const tail = ['tail', 'costs', '-C', folder, '--from', 'earliest', '--limit', '1', '--json']
    const { out } = await millrace(tail)
    return out.includes('cake') ? out : undefined
  })
  assert.match(written, /"price": ?42/)

  const script = path.join(folder, 'report.sql')
  const hint = "/*+ OPTIONS('scan.bounded.mode' = 'latest-offset') */"
  writeFileSync(
    script,
    `CREATE TABLE cheap (item STRING, price DOUBLE) WITH ('connector' = 'kafka', 'format' = 'json');
USE CATALOG main; SHOW TABLES; DESCRIBE sales; SELECT item, \`$offset\` FROM costs ${hint};
INSERT INTO default_catalog.default_database.cheap SELECT item, price FROM orders ${hint};`,
  )
  const ran = await millrace(['run', script, '--quiet'])
  assert.equal(ran.code, 0, ran.err)
  assert.match(ran.out, /\| +costs \|\n\| +orders \|\n\| +sales \|\n/)
  assert.match(ran.out, /\| +item \| +STRING \| FALSE \| PRI\(item, window_start\) \|/)
  assert.match(ran.out, /\| \+I \| +cake \| +0 \|/)
  assert.match(readFileSync(script, 'utf8'), /USE CATALOG main/)
})
