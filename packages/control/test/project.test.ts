import assert from 'node:assert/strict'
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { realHost } from '@millrace/host'
import { conversionsOf } from '../src/project/conversions.js'
import { neededTopics } from '../src/project/needed-topics.js'
import { ProjectError, renderProblem } from '../src/project/problem.js'
import { loadProject, type Project } from '../src/project/project.js'
import { closest } from '../src/project/spelling.js'
import { policyOf } from '../src/supervise/provision.js'
import { temporaryFolder } from './folder.js'

const goldens = fileURLToPath(new URL('../../test/project', import.meta.url))
const rides = fileURLToPath(new URL('../../../../examples/rides', import.meta.url))

function problemsOf(folder: string): string[] {
  try {
    loadProject(realHost.disk, folder)
    return []
  } catch (cause) {
    if (!(cause instanceof ProjectError)) throw cause
    return cause.problems.map(renderProblem)
  }
}

test('everything wrong in a project is told, a line each', () => {
  const golden = path.join(goldens, 'broken.txt')
  const lines = problemsOf(path.join(goldens, 'broken'))
  // Rewrite the golden with MILLRACE_REWRITE=1, and read what changed before committing it.
  if (process.env.MILLRACE_REWRITE !== undefined) writeFileSync(golden, `${lines.join('\n')}\n`)
  assert.deepEqual(lines, readFileSync(golden, 'utf8').trimEnd().split('\n'))
  for (const line of lines) assert.ok(!line.includes('\n'))
})

test('the example is right, and says what it means', () => {
  const project = loadProject(realHost.disk, rides)
  assert.equal(project.manifest.name, 'rides')
  assert.deepEqual(
    project.topics.map((topic) => [topic.name, topic.partitions, topic.key, topic.exceptions]),
    [
      ['area_surge', 4, undefined, undefined],
      ['trips.exceptions', 1, undefined, undefined],
      ['trips', 4, 'pickup_area', 'trips.exceptions'],
    ],
  )
  const [pipeline] = project.pipelines
  assert.deepEqual([pipeline?.sources, pipeline?.sinks], [['trips'], ['area_surge']])
  assert.deepEqual(project.tables[0]?.key, ['pickup_area', 'window_start'])
})

/** A project as `new` writes it, to be spoilt. */
function copyOfTemplate(t: TestContext): string {
  const folder = temporaryFolder(t)
  cpSync(fileURLToPath(new URL('../../template', import.meta.url)), folder, { recursive: true })
  edit(folder, 'millrace.yaml', '{{name}}', 'shop')
  return folder
}

function edit(folder: string, name: string, from: string, to: string): void {
  const file = path.join(folder, name)
  const text = readFileSync(file, 'utf8')
  assert.ok(text.includes(from), from)
  writeFileSync(file, text.replaceAll(from, to))
}

test('what a broken file would have given is not asked for', (t) => {
  const pipeline = copyOfTemplate(t)
  edit(pipeline, 'pipelines/sales.sql', 'INSERT INTO sales', 'INSERT INTO sale')
  assert.match(problemsOf(pipeline).join('\n'), /^pipelines\/sales\.sql:\d+:\d+: .*`?sale.*$/)
  const schema = copyOfTemplate(t)
  edit(schema, 'schemas/order.avsc', '"long"', '"lung"')
  assert.match(problemsOf(schema).join('\n'), /^schemas\/order\.avsc: .*lung.*$/)
  const topic = copyOfTemplate(t)
  edit(topic, 'topics/orders.yaml', 'owner: shop', 'owner: [shop')
  assert.match(problemsOf(topic).join('\n'), /^topics\/orders\.yaml:\d+:\d+: this is not YAML.*$/)
})

test('functions are in modules beside the pipelines', (t) => {
  const folder = copyOfTemplate(t)
  const script = path.join(folder, 'pipelines', 'sales.sql')
  const declared = "CREATE FUNCTION twice AS './functions.js#twice' LANGUAGE JAVASCRIPT;"
  writeFileSync(script, `${declared}\n${readFileSync(script, 'utf8')}`)
  const [missing] = problemsOf(folder)
  assert.match(missing ?? '', /^pipelines\/sales\.sql:1:26: the module of .* cannot be loaded/)
  writeFileSync(
    path.join(folder, 'pipelines', 'functions.js'),
    "exports.twice = { parameters: ['INT'], returns: 'INT', call: (n) => 2 * n }",
  )
  assert.deepEqual(problemsOf(folder), [])
})

test('a pipeline without a statement is empty', (t) => {
  const folder = copyOfTemplate(t)
  writeFileSync(path.join(folder, 'pipelines', 'sales.sql'), '-- CREATE TABLE soon\n\n')
  assert.deepEqual(problemsOf(folder), [
    'pipelines/sales.sql:1:1: the file is empty. ' +
      'Write CREATE TABLE for what it reads and writes, and an INSERT.',
  ])
})

test('sources and keys that cannot work are told where they stand', (t) => {
  const topic = copyOfTemplate(t)
  edit(topic, 'pipelines/sales.sql', "'topic' = 'orders'", "'topic' = 'ordrs'")
  assert.deepEqual(problemsOf(topic), [
    'pipelines/sales.sql:3:14: `orders` reads the topic `ordrs`, which is nowhere. ' +
      'Did you mean `orders`? Or write topics/ordrs.yaml.',
  ])
  const columns = copyOfTemplate(t)
  edit(columns, 'pipelines/sales.sql', 'order_id    BIGINT NOT NULL', 'order_ref   BIGINT')
  edit(columns, 'pipelines/sales.sql', 'price       DOUBLE', 'price       STRING')
  assert.deepEqual(problemsOf(columns), [
    'pipelines/sales.sql:4:3: the schema `order.avsc` of `orders` has no field `order_ref`. ' +
      'Did you mean `order_id`?',
    'pipelines/sales.sql:6:3: `price` is STRING here, and double in the schema `order.avsc`.',
  ])
  const nowhere = copyOfTemplate(t)
  edit(nowhere, 'tables/sales.yaml', 'topic: sales', 'topic: sale')
  assert.deepEqual(problemsOf(nowhere), [
    'tables/sales.yaml:4:8: there is no topic `sale`. Did you mean `sales`?',
  ])
  const elsewhere = copyOfTemplate(t)
  writeFileSync(path.join(elsewhere, 'millrace.yaml'), 'clusters: { archive: }\n')
  edit(elsewhere, 'topics/orders.yaml', 'owner: shop', 'owner: shop\ncluster: archive')
  writeFileSync(path.join(elsewhere, 'topics', 'sales.yaml'), 'cluster: archive\n')
  const onMain = 'Pipelines and tables work on the cluster `main`.'
  assert.deepEqual(problemsOf(elsewhere), [
    `pipelines/sales.sql:19:14: it writes the topic \`sales\`, which is on the cluster \`archive\`. ${onMain}`,
    `pipelines/sales.sql:3:14: \`orders\` reads the topic \`orders\`, which is on the cluster \`archive\`. ${onMain}`,
    `tables/sales.yaml:4:8: the topic \`sales\` is on the cluster \`archive\`. ${onMain}`,
  ])
  const table = copyOfTemplate(t)
  edit(table, 'tables/sales.yaml', 'window_start]', 'windowstart]')
  edit(table, 'tables/sales.yaml', 'time: window_end', 'time: ordered_at')
  assert.deepEqual(problemsOf(table), [
    'tables/sales.yaml:5:6: the pipeline that writes `sales` gives no column `windowstart`. ' +
      'Did you mean `window_start`?',
    'tables/sales.yaml:6:7: the pipeline that writes `sales` gives no column `ordered_at`. ' +
      'Known: `item`, `window_start`, `window_end`, `orders`, `revenue`.',
  ])
})

test('an empty project is right', (t) => {
  const folder = temporaryFolder(t)
  writeFileSync(path.join(folder, 'millrace.yaml'), '')
  const project: Project = loadProject(realHost.disk, folder)
  assert.equal(project.manifest.name, path.basename(folder))
  assert.equal(project.manifest.ports.kafka, 9092)
})

test('a folder that is no project is told as such', (t) => {
  const folder = temporaryFolder(t)
  assert.throws(() => loadProject(realHost.disk, path.join(folder, 'no')), /There is no folder/)
  assert.throws(() => loadProject(realHost.disk, folder), /holds no millrace\.yaml/)
})

test('origins are told where they stand', (t) => {
  const folder = copyOfTemplate(t)
  edit(folder, 'millrace.yaml', 'ports:', 'gateway: { origins: [https://a.example/path] }\nports:')
  assert.match(problemsOf(folder).join(), /^millrace\.yaml:\d+:\d+: `https:\/\/a\.example\/path`/)
  edit(folder, 'millrace.yaml', '/path', ', "*", "http://localhost:*"')
  const { origins } = loadProject(realHost.disk, folder).manifest
  assert.deepEqual(origins, ['https://a.example', '*', 'http://localhost:*'])
})

test('limits of callers and asynchronous topics are read, and what is wrong is told', (t) => {
  const folder = copyOfTemplate(t)
  const limits =
    'gateway: { limits: { header: X-Api-Key, requestsPerSecond: 50, callers: { shop: { bytesPerSecond: 9 } } } }'
  edit(folder, 'millrace.yaml', 'ports:', `${limits}\nports:`)
  const file = path.join(folder, 'topics', 'queued.yaml')
  writeFileSync(file, 'acknowledge: spool\n')
  const project = loadProject(realHost.disk, folder)
  assert.deepEqual(project.manifest.callers, {
    header: 'x-api-key',
    limits: { requestsPerSecond: 50 },
    callers: new Map([['shop', { bytesPerSecond: 9 }]]),
  })
  const queued = project.topics.find(({ name }) => name === 'queued')
  assert.equal(queued && policyOf(queued).acknowledge, 'spool')

  writeFileSync(file, 'acknowledge: spol\n')
  edit(folder, 'millrace.yaml', 'requestsPerSecond: 50', 'requestPerSecond: 50')
  edit(folder, 'millrace.yaml', 'bytesPerSecond: 9', 'bytesPerSecond: 0')
  const problems = problemsOf(folder).join('\n')
  assert.match(problems, /topics\/queued\.yaml:1:14: `acknowledge` cannot be `spol`.*spool/)
  assert.match(
    problems,
    /millrace\.yaml:\d+:\d+: unknown key `requestPerSecond`.*requestsPerSecond/,
  )
  assert.match(problems, /`bytesPerSecond` must be a whole number from 1 to/)
})

test('a raw topic says what it becomes, and what keeps it from that is told', (t) => {
  const folder = copyOfTemplate(t)
  const file = path.join(folder, 'topics', 'orders.raw.yaml')
  const becomes = (more: string) => `raw: true\nbecomes:\n  topic: orders\n${more}`
  const mapping = 'fields: { item: basket.item }\n  defaults: { price: 1.5 }\n  unknown: drop'
  writeFileSync(file, `id: uuid\n${becomes(`  ${mapping}\n`)}`)
  const project = loadProject(realHost.disk, folder)
  const raw = project.topics.find(({ name }) => name === 'orders.raw')
  assert.deepEqual(
    [raw?.raw, raw && policyOf(raw).raw, raw && policyOf(raw).idField],
    [...[true, true, 'uuid']],
  )
  assert.deepEqual(conversionsOf(project), [
    {
      cluster: 'main',
      from: 'orders.raw',
      to: {
        ...{ name: 'orders', exceptions: 'orders.exceptions', tier: 'standard', owner: 'shop' },
        ...{ keyField: 'item', idField: 'order_id', timeField: 'ordered_at' },
      },
      mapping: { fields: { item: 'basket.item' }, defaults: { price: 1.5 }, unknown: 'drop' },
    },
  ])
  assert.deepEqual(
    neededTopics(project).map(({ name }) => name),
    ['orders.raw', 'orders', 'orders.exceptions', 'sales'],
  )

  const wrong: [string, string][] = [
    [
      becomes('').replace('orders', 'ordrs'),
      '3:10: there is no topic `ordrs`. Did you mean `orders`? Or write topics/ordrs.yaml.',
    ],
    ['raw: true\nbecomes: {}', '2:10: `topic` is missing.'],
    [
      'raw: true\nbecomes: { topic: orders.raw }',
      '2:19: `orders.raw` is raw, too. Name a topic with a schema.',
    ],
    [
      becomes('').replace('raw: true\n', ''),
      '2:3: only a raw topic becomes another. Write `raw: true` beside it.',
    ],
    [
      'raw: true\nschema: order.avsc',
      '2:9: a raw topic has no `schema`: it takes any JSON. Write the schema into the file of the topic that it becomes.',
    ],
    [
      becomes('  fields: { itme: x }\n  defaults: { prize: 1 }'),
      '4:19: the schema `order.avsc` has no field `itme`. Did you mean `item`?',
    ],
    [
      becomes('  fields: { item: a..b }'),
      '4:19: `item` is `a..b`; it must be a field, or a path with dots.',
    ],
    [becomes('  unknown: keep'), '4:12: `unknown` cannot be `keep`. Known: `drop`, `refuse`.'],
    [becomes('  fields: x'), '4:11: `fields` must be a mapping of keys to values.'],
    [becomes('  filds: {}'), '4:3: unknown key `filds`. Did you mean `fields`?'],
  ]
  for (const [text, problem] of wrong) {
    writeFileSync(file, `${text}\n`)
    assert.equal(problemsOf(folder)[0], `topics/orders.raw.yaml:${problem}`)
  }
  edit(folder, 'millrace.yaml', 'ports:', 'clusters: { archive: {} }\nports:')
  writeFileSync(file, `cluster: archive\n${becomes('')}`)
  assert.deepEqual(problemsOf(folder), [
    'topics/orders.raw.yaml:4:10: `orders` is on the cluster `main`, and `orders.raw` on `archive`. ' +
      'Events move in a transaction, which is of one cluster: put both on the same.',
  ])
  writeFileSync(file, 'cluster: archive\nexceptions: orders.exceptions\n')
  assert.deepEqual(problemsOf(folder), [
    'topics/orders.yaml:14:13: `orders.exceptions` is on the cluster `archive`, and `orders` on `main`. ' +
      'Name another topic for exceptions on `main`.',
  ])
  writeFileSync(file, becomes(''))
  edit(folder, 'topics/orders.yaml', 'exceptions: orders.exceptions', '')
  assert.deepEqual(problemsOf(folder), [
    'topics/orders.raw.yaml:3:10: `orders` has no place for what does not fit. ' +
      'Write `exceptions` into topics/orders.yaml.',
  ])
})

test('limits that limit nothing are told', (t) => {
  const folder = copyOfTemplate(t)
  edit(folder, 'millrace.yaml', 'ports:', 'gateway: { limits: { header: x-api-key } }\nports:')
  assert.match(problemsOf(folder).join(), /^millrace\.yaml:\d+:\d+: `limits` limits nothing/)
})

test('a key given twice is told where it stands', (t) => {
  const folder = temporaryFolder(t)
  writeFileSync(path.join(folder, 'millrace.yaml'), 'name: a\nname: b\n')
  assert.deepEqual(problemsOf(folder), [
    'millrace.yaml:2:1: this is not YAML: Map keys must be unique.',
  ])
})

test('values that look like something else are taken as they are written', (t) => {
  const folder = temporaryFolder(t)
  mkdirSync(path.join(folder, 'topics'))
  writeFileSync(path.join(folder, 'millrace.yaml'), 'name: 007\n')
  writeFileSync(path.join(folder, 'topics', 'a.yaml'), 'owner: 1e3\n')
  const project = loadProject(realHost.disk, folder)
  assert.equal(project.manifest.name, '007')
  assert.equal(project.topics[0]?.owner, '1e3')
})

test('near names are found, far ones are not', () => {
  const names = ['partitions', 'owner', 'schema']
  assert.equal(closest('partition', names), 'partitions')
  assert.equal(closest('shcema', names), 'schema')
  assert.equal(closest('OWNER', names), 'owner')
  assert.equal(closest('retention', names), undefined)
  assert.equal(closest('x', names), undefined)
})
