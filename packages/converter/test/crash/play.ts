import { mkdtempSync, rmSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { envelopeFromHeaders, readException } from '@millrace/event'
import { type Random, realHost } from '@millrace/host'
import { LogClient, Producer } from '@millrace/log'
import { RegistryClient, RegistryServer } from '@millrace/schema'
import { type ConversionSpec, groupOf } from '../../src/index.js'
import { recordsOf, until } from '../platform.js'
import { Killable } from './killable.js'
import type { Story } from './story.js'

export interface Ending {
  readonly sent: number
  readonly typed: number
  readonly refused: number
  readonly problems: readonly string[]
}

const raw = 'trips.raw'
const rawPartitions = 3
const spec: ConversionSpec = {
  from: raw,
  to: { name: 'trips', exceptions: 'trips.exceptions', keyField: 'area' },
  mapping: { fields: { n: 'id' }, defaults: {}, unknown: 'refuse' },
}
const schema = {
  type: 'record',
  name: 'Trip',
  fields: ['n', 'area'].map((name) => ({ name, type: 'int' })),
}

/** Plays a story: raw events are sent while conversion and broker are killed; then all are counted. */
export async function play({ kills, random }: Story): Promise<Ending> {
  const folder = mkdtempSync(path.join(tmpdir(), 'millrace-crash-converter-'))
  const port = await freePort()
  const bootstrap = `127.0.0.1:${port}`
  const broker = new Killable({ kind: 'broker', port, directory: folder })
  await broker.start()
  const client = await LogClient.connect({ host: realHost, bootstrap })
  const address = { host: '127.0.0.1', port: 0 }
  const registry = await RegistryServer.start({ host: realHost, client, address })
  const conversion = new Killable({
    ...{ kind: 'conversion', bootstrap, registryUrl: registry.url, spec },
  })
  try {
    await client.createTopic(raw, { partitions: rawPartitions })
    await client.createTopic(spec.to.name, { partitions: 4 })
    await client.createTopic(spec.to.exceptions, { partitions: 1 })
    const subject = `${spec.to.name}-value`
    await new RegistryClient(registry.url).register(subject, JSON.stringify(schema))
    await conversion.start()
    const ending = new AbortController()
    const sending = sendUntil(ending.signal, client, random)
    const victims = { broker: [broker], conversion: [conversion], both: [broker, conversion] }
    for (const { victim, afterMs, awayMs } of kills) {
      await realHost.clock.sleep(afterMs)
      await Promise.all(victims[victim].map((each) => each.kill()))
      await realHost.clock.sleep(awayMs)
      // In this order: a conversion is there when its broker has answered.
      for (const each of victims[victim]) await each.start()
    }
    ending.abort()
    await sending
    await until('all is converted', () => isDone(client), 60_000)
    return await count(client)
  } finally {
    await conversion.kill()
    await registry.close()
    await client.close()
    await broker.kill()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Sends until the signal, a third of it what does not fit; all that was begun is sent to its end. */
async function sendUntil(signal: AbortSignal, client: LogClient, random: Random): Promise<void> {
  const producer = new Producer(client)
  for (let id = 0; !signal.aborted; ) {
    const values = Array.from({ length: 1 + random.below(40) }, () => {
      const area = random.below(3) === 0 ? 'nowhere' : random.below(7)
      return { key: null, value: Buffer.from(JSON.stringify({ id: id++, area })) }
    })
    await producer.send(raw, random.below(rawPartitions), values)
    await realHost.clock.sleep(random.below(6))
  }
}

async function isDone(client: LogClient): Promise<boolean> {
  const committed = await client.committedOffsets(groupOf(raw))
  for (let partition = 0; partition < rawPartitions; partition++) {
    const end = await client.listOffsets(raw, partition, 'latest')
    const place = committed.find((each) => each.topic === raw && each.partition === partition)
    if ((place?.offset ?? 0) < end) return false
  }
  return true
}

/** Holds what came out against what went in, record by record. */
async function count(client: LogClient): Promise<Ending> {
  const idsOf = async (topic: string) => {
    return (await recordsOf(client, topic)).map(({ record }) => {
      const { id } = envelopeFromHeaders(record.headers) ?? { id: 'no id' }
      return { id, exception: readException(record.value) }
    })
  }
  const typed = await idsOf(spec.to.name)
  const refused = await idsOf(spec.to.exceptions)
  const sent = await recordsOf(client, raw)
  const problems: string[] = []
  const came = new Map<string, string[]>()
  for (const { id } of typed) came.set(id, [...(came.get(id) ?? []), 'typed'])
  for (const { id } of refused) came.set(id, [...(came.get(id) ?? []), 'refused'])
  for (const { partition, record } of sent) {
    const id = `${raw}:${partition}:${record.offset}`
    const { area } = JSON.parse(String(record.value)) as { area: unknown }
    const wanted = typeof area === 'number' ? 'typed' : 'refused'
    const found = came.get(id) ?? []
    came.delete(id)
    if (found.join() !== wanted) problems.push(`${id} is ${found.join(' and ') || 'lost'}`)
  }
  for (const id of came.keys()) problems.push(`${id} came from nowhere`)
  const metadata = await client.committedOffsets(groupOf(raw))
  const told = metadata.map((each) => /typed=(\d+) refused=(\d+)/.exec(each.metadata))
  const sum = (at: number) => told.reduce((total, each) => total + Number(each?.[at]), 0)
  if (sum(1) !== typed.length) problems.push(`${sum(1)} typed events are counted`)
  if (sum(2) !== refused.length) problems.push(`${sum(2)} exceptions are counted`)
  return { sent: sent.length, typed: typed.length, refused: refused.length, problems }
}

async function freePort(): Promise<number> {
  const server = net.createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as net.AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
