import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { realHost } from '@millrace/host'
import { Fetcher, LogClient, Producer } from '@millrace/log'
import type { BrokerMethods } from '../src/roles/broker.js'
import type { JobMethods } from '../src/roles/job.js'
import { Logbook } from '../src/supervise/logbook.js'
import { forkRole, type RoleProcess } from '../src/supervise/process.js'
import { brokerRecipe, type Surroundings } from '../src/supervise/recipes.js'
import { Supervised } from '../src/supervise/supervised.js'
import { temporaryFolder } from './folder.js'

test('a broker that dies comes back on its port with what it acknowledged', async (t) => {
  const dataFolder = temporaryFolder(t)
  mkdirSync(path.join(dataFolder, 'log'))
  const around: Surroundings = {
    dataFolder,
    logbook: new Logbook(realHost, dataFolder),
    ports: { kafka: 0, registry: 0, gateway: 0, query: 0, console: 0, clusters: {} },
    onSpawn: () => {},
  }
  const recipe = brokerRecipe(around)
  let current: RoleProcess<BrokerMethods> | undefined
  const spawn = () => {
    current = recipe.spawn()
    return current
  }
  const broker = new Supervised(realHost.clock, { ...recipe, spawn })
  await broker.start()
  t.after(() => broker.stop())
  const { kafka } = around.ports
  const bootstrap = `127.0.0.1:${kafka}`
  const client = await LogClient.connect({ host: realHost, bootstrap })
  t.after(() => client.close())
  await client.createTopic('t', { partitions: 1 })
  await new Producer(client).send('t', 0, [{ key: null, value: Buffer.from('kept') }])

  current?.kill()
  await current?.ended
  await broker.persist(async () => {})
  assert.equal(broker.status, 'running')
  assert.equal(around.ports.kafka, kafka)
  assert.match(broker.reason ?? '', /its thread ended/)

  const fetcher = new Fetcher(client)
  fetcher.assign([{ topic: 't', partition: 0, offset: 0 }])
  let bytes = 0
  while (bytes === 0) {
    for (const { batches } of await fetcher.poll()) bytes += batches.length
  }
  assert.ok(bytes > 0)
})

test('a job that cannot be started refuses with its reason, and ends when it is let go', async (t) => {
  const job = forkRole<JobMethods>('job', { heapMegabytesMax: 128, onLine: () => {} })
  t.after(() => job.kill())
  await assert.rejects(
    job.link.call('start', {
      name: 'wrong',
      file: 'pipelines/wrong.sql',
      folder: temporaryFolder(t),
      text: 'INSERT INTO nowhere SELECT 1;',
      catalogs: [],
      directory: temporaryFolder(t),
      bootstrap: '127.0.0.1:1',
      registryUrl: 'http://127.0.0.1:1',
    }),
    /nowhere/,
  )
  job.release()
  assert.equal(await job.ended, 'it was ended by SIGKILL')
})

test('a job in a process of its own calls the functions beside its script', async (t) => {
  const folder = temporaryFolder(t)
  writeFileSync(
    path.join(folder, 'functions.cjs'),
    `exports.half = { parameters: ['INT'], returns: 'DOUBLE', call(n) {
      if (n > 3) throw new Error('that is too much')
      return n / 2
    } }`,
  )
  let tellsWhy: (line: string) => void = () => {}
  const why = new Promise<string>((resolve) => {
    tellsWhy = resolve
  })
  const job = forkRole<JobMethods>('job', { heapMegabytesMax: 256, onLine: () => {} })
  t.after(() => job.kill())
  job.ended.then(tellsWhy)
  await job.link.call('start', {
    name: 'halves',
    file: 'pipelines/halves.sql',
    folder,
    text: `CREATE FUNCTION half AS './functions.cjs#half' LANGUAGE JAVASCRIPT;
      CREATE TABLE made (n INT) WITH ('connector' = 'datagen', 'fields.n.kind' = 'sequence',
        'fields.n.start' = '1', 'fields.n.end' = '5', 'rows-per-second' = '100');
      CREATE TABLE gone (n DOUBLE) WITH ('connector' = 'blackhole');
      INSERT INTO gone SELECT half(n) FROM made;`,
    catalogs: [],
    directory: temporaryFolder(t),
    bootstrap: '127.0.0.1:1',
    registryUrl: 'http://127.0.0.1:1',
  })
  assert.match(await why, /the function HALF fails for \(4\): that is too much/)
})

test('a child whose supervisor lets go ends by itself; calls to it end too', async (t) => {
  const job = forkRole<JobMethods>('job', { heapMegabytesMax: 128, onLine: () => {} })
  t.after(() => job.kill())
  assert.equal(await job.link.call('metrics'), undefined)
  job.kill()
  assert.equal(await job.ended, 'it was ended by SIGKILL')
  await assert.rejects(job.link.call('metrics'), /SIGKILL/)
})

test('a child ends with its supervisor, even while a thread of its pool is busy', async (t) => {
  const entry = fileURLToPath(new URL('busy-role.js', import.meta.url))
  const child = fork(entry, { serialization: 'advanced' })
  t.after(() => child.kill('SIGKILL'))
  await once(child, 'message')
  child.send({ kind: 'call', id: 0, method: 'work', argument: undefined })
  await once(child, 'message')
  child.disconnect()
  await once(child, 'exit', { signal: AbortSignal.timeout(5_000) })
})
