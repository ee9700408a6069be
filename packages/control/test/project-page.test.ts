/** docs/project.md shows each file of a project with all its keys: they are read as they stand. */
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { realHost } from '@millrace/host'
import { loadProject } from '../src/project/project.js'
import { temporaryFolder } from './folder.js'

const page = path.join(import.meta.dirname, '../../../../docs/project.md')

test('the files on the page are a project', (t) => {
  const folder = temporaryFolder(t)
  for (const [, first = '', place = '', text = ''] of readFileSync(page, 'utf8').matchAll(
    /^```\w+\n((?:#|\/\/) (\S+)\n)([\s\S]*?)^```$/gm,
  )) {
    mkdirSync(path.join(folder, path.dirname(place)), { recursive: true })
    writeFileSync(path.join(folder, place), first.startsWith('//') ? text : first + text)
  }
  const project = loadProject(realHost.disk, folder)
  const { manifest, topics, tables, boards } = project
  assert.deepEqual(
    [manifest.name, manifest.clusters.map(({ name }) => name), manifest.origins],
    ['shop', ['archive'], ['https://*.shop.example']],
  )
  assert.deepEqual(
    topics.map(({ name, owner, key, becomes }) => [name, owner, key, becomes?.topic]),
    [
      ['orders.raw', 'web', undefined, 'orders'],
      ['orders', 'marketplace', 'item', undefined],
    ],
  )
  assert.deepEqual(
    [tables.map(({ name }) => name), boards.map(({ name }) => name)],
    [['orders_by_item'], ['prices']],
  )
})
