import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { RegistryClient } from '@millrace/schema'
import type { ExceptionsView, PlatformView, ResendView, TopicView } from '../src/api/types.js'
import { temporaryFolder } from './folder.js'
import { eventually, millrace, RunningMillrace } from './millrace.js'

function visit(area: unknown): string {
  const fields = [
    { name: 'visit_id', type: 'long' },
    { name: 'area', type: area },
  ]
  return JSON.stringify({ type: 'record', name: 'Visit', fields })
}

test('raw topics and exceptions on two clusters: each event once, found and sent again', async (t) => {
  const folder = path.join(temporaryFolder(t), 'shop')
  await millrace(['new', folder])
  const write = (file: string, text: string) => writeFileSync(path.join(folder, file), text)
  write('millrace.yaml', 'name: shop\nclusters:\n  archive: {}\n')
  write('schemas/visit.avsc', visit('int'))
  const typed = 'cluster: archive\nschema: visit.avsc\nid: visit_id\n'
  write('topics/visits.yaml', `${typed}exceptions: visits.exceptions\n`)
  const becomes = 'becomes:\n  topic: visits\n  fields: { visit_id: id }\n'
  write('topics/visits.raw.yaml', `cluster: archive\nraw: true\n${becomes}`)
  const running = new RunningMillrace(t, ['up', folder, '--free-ports', '--json'])
  const { endpoints } = await running.json<PlatformView>()
  const cli = async <Answer>(...args: string[]): Promise<Answer> => {
    const { out, err } = await millrace([...args, '-C', folder, '--json'])
    assert.equal(err, '')
    return JSON.parse(out) as Answer
  }
  const list = (...args: string[]) => cli<ExceptionsView>('exceptions', ...args)
  const records = async (name: string) => {
    const found = (await cli<TopicView[]>('topics')).find((each) => each.name === name)
    return [found?.cluster, found?.records]
  }

  const raw = ['{"id":1,"area":8}', '{"id":2,"area":null}', '{"id":3,"area":null}']
  await millrace(['produce', 'visits.raw', '-C', folder], raw.join('\n'))
  await millrace(['produce', 'orders', '-C', folder], '{"order_id":1}')
  await eventually('all are refused', async () => (await list()).exceptions.length === 3)
  const { exceptions } = await list()
  assert.deepEqual(exceptions.map(({ topic }) => topic).sort(), ['orders', 'visits', 'visits'])
  assert.equal((await list('--topic', 'visits.raw')).exceptions.length, 2)
  assert.deepEqual(await records('visits.exceptions'), ['archive', 2])
  assert.deepEqual(await records('orders.exceptions'), ['main', 1])
  assert.deepEqual(await records('visits'), ['archive', 1])

  const registry = endpoints.find(({ name }) => name === 'registry')?.url ?? ''
  await new RegistryClient(registry).register('visits-value', visit(['int', 'null']))
  const resend = await cli<ResendView>('exceptions', 'resend')
  assert.deepEqual([resend.resent, resend.refused], [2, 1])
  assert.deepEqual(resend.items.map(({ topic, outcome }) => `${topic} ${outcome}`).sort(), [
    'orders refused',
    'visits resent',
    'visits resent',
  ])
  assert.deepEqual(await records('visits'), ['archive', 3])
  assert.equal((await list()).exceptions.length, 1)
  const id = exceptions.find(({ topic }) => topic === 'visits')?.id ?? ''
  assert.equal((await cli<{ status: string }>('exceptions', 'show', id)).status, 'resent')
  assert.equal(
    (await cli<ResendView>('exceptions', 'resend', id)).items[0]?.outcome,
    'resent before',
  )
  assert.equal((await running.end('SIGINT')).code, 0)
})
