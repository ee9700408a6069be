import assert from 'node:assert/strict'
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { realHost } from '@millrace/host'
import { planOf } from '../src/apply/plan.js'
import { loadProject, type Project } from '../src/project/project.js'
import { temporaryFolder } from './folder.js'

const template = fileURLToPath(new URL('../../template', import.meta.url))

const rawTopic = 'raw: true\nbecomes:\n  topic: orders\n  fields: { order_id: id }\n'

/** A project that runs, and what its files say after some edits. */
class Edited {
  readonly folder: string
  readonly running: Project

  constructor(t: TestContext) {
    this.folder = temporaryFolder(t)
    cpSync(template, this.folder, { recursive: true })
    this.write('millrace.yaml', 'name: shop\nclusters:\n  archive: {}\n')
    this.write('topics/orders.raw.yaml', rawTopic)
    this.write('topics/notes.yaml', 'partitions: 2\nconfigs: { retention.ms: 60000 }\n')
    this.running = loadProject(realHost.disk, this.folder)
  }

  write(file: string, text: string): void {
    writeFileSync(path.join(this.folder, file), text)
  }

  edit(file: string, from: string, to: string): void {
    const text = readFileSync(path.join(this.folder, file), 'utf8')
    assert.ok(text.includes(from), `${file} has ${from}`)
    this.write(file, text.replace(from, to))
  }

  /** `now topics/orders.yaml: owner`, sorted; and what would run. */
  plan(): { told: string[]; next: Project } {
    const { changes, next } = planOf(this.running, loadProject(realHost.disk, this.folder))
    const told = changes.map(({ file, effect, change }) => `${effect} ${file}: ${change}`)
    return { told: told.sort(), next }
  }
}

test('files that were saved as they are change nothing', (t) => {
  const edited = new Edited(t)
  assert.deepEqual(edited.plan().told, [])
  assert.deepEqual(edited.plan().next.topics, edited.running.topics)
})

test('topics, mappings and boards change at once; a topic that went is told', (t) => {
  const edited = new Edited(t)
  edited.edit('topics/orders.yaml', 'owner: shop', 'owner: till')
  edited.edit('topics/orders.yaml', 'consumers: [billing, fraud]', 'consumers: [billing]')
  edited.edit('topics/orders.raw.yaml', 'order_id: id', 'order_id: number')
  edited.edit('boards/sales.yaml', 'chart: line', 'chart: heatmap')
  edited.write('topics/visits.yaml', 'cluster: archive\n')
  rmSync(path.join(edited.folder, 'topics/notes.yaml'))
  const { told, next } = edited.plan()
  assert.deepEqual(told, [
    'now boards/sales.yaml: chart',
    'now topics/notes.yaml: not part of the project any more; the topic stays, with its records',
    'now topics/orders.raw.yaml: becomes',
    'now topics/orders.yaml: consumers, owner',
    'now topics/visits.yaml: new',
  ])
  assert.deepEqual(next.topics.map(({ name }) => name).sort(), ['orders', 'orders.raw', 'visits'])
  assert.equal(next.topics.find(({ name }) => name === 'orders')?.owner, 'till')
  assert.equal(next.pipelines, edited.running.pipelines)
})

test('what processes are planned with waits for the next start, and goes on as it is', (t) => {
  const edited = new Edited(t)
  edited.edit('schemas/order.avsc', '"fields": [', '"doc": "An order", "fields": [')
  edited.edit('pipelines/sales.sql', 'INSERT', '-- more\nINSERT')
  edited.edit('tables/sales.yaml', 'What sold', 'All that sold')
  edited.edit('topics/notes.yaml', 'partitions: 2', 'partitions: 3')
  edited.write('millrace.yaml', 'name: shop\nclusters:\n  archive: {}\n  eu: {}\n')
  edited.write('topics/visits.yaml', 'cluster: eu\n')
  const { told, next } = edited.plan()
  assert.deepEqual(told, [
    'now topics/orders.yaml: schema',
    'restart millrace.yaml: clusters, ports',
    'restart pipelines/sales.sql: planned with `orders` as it was: schema',
    'restart pipelines/sales.sql: text',
    'restart tables/sales.yaml: description',
    'restart topics/notes.yaml: partitions: 2 to 3',
    'restart topics/visits.yaml: the cluster `eu` does not run yet',
  ])
  assert.ok(next.topics.every(({ name }) => name !== 'visits'))
  assert.equal(next.topics.find(({ name }) => name === 'notes')?.partitions, 2)
  assert.equal(next.manifest, edited.running.manifest)
  assert.equal(next.tables, edited.running.tables)
})

test('what would lose records is refused', (t) => {
  const edited = new Edited(t)
  edited.edit('topics/notes.yaml', 'partitions: 2', 'partitions: 1')
  assert.deepEqual(edited.plan().told, [
    'refused topics/notes.yaml: it has 2 partitions, and with 1 the records of others are lost',
  ])
  edited.edit('topics/notes.yaml', 'partitions: 1', 'partitions: 2\ncluster: archive')
  assert.deepEqual(edited.plan().told, [
    'refused topics/notes.yaml: it is on the cluster `main`, and its records would stay there: ' +
      'begin a topic of another name on `archive`',
  ])
})
