import { mkdtempSync, rmSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { realHost } from '@millrace/host'
import { decodeRecords, Fetcher, LogClient } from '@millrace/log'
import { RegistryServer } from '@millrace/schema'
import { KillableServer } from './killable-server.js'
import { type Sent, sendUntil } from './senders.js'
import type { Story } from './story.js'

export interface Ending {
  readonly sent: Sent
  readonly problems: readonly string[]
}

const topic = 'events'
const partitions = 3
/** How long the spool may take until all of it is in the log. */
const drainMsMax = 60_000

/** Plays a story: events are sent while gateway and broker are killed; then all is looked for. */
export async function play({ kills, random }: Story): Promise<Ending> {
  const folder = mkdtempSync(path.join(tmpdir(), 'millrace-crash-gateway-'))
  const [brokerPort = 0, gatewayPort = 0] = await freePorts(2)
  const bootstrap = `127.0.0.1:${brokerPort}`
  const directory = path.join(folder, 'log')
  const broker = new KillableServer({ kind: 'broker', port: brokerPort, directory })
  await broker.start()
  const client = await LogClient.connect({ host: realHost, bootstrap })
  await client.createTopic(topic, { partitions })
  const address = { host: '127.0.0.1', port: 0 }
  const registry = await RegistryServer.start({ host: realHost, client, address })
  const gateway = new KillableServer({
    ...{ kind: 'gateway', port: gatewayPort, bootstrap, registryUrl: registry.url },
    spoolFolder: path.join(folder, 'spool'),
  })
  const servers = { broker: [broker], gateway: [gateway], both: [broker, gateway] }
  try {
    await gateway.start()
    const ending = new AbortController()
    const url = `http://127.0.0.1:${gatewayPort}`
    const sending = sendUntil(ending.signal, url, topic, random)
    for (const { victim, afterMs, awayMs } of kills) {
      await realHost.clock.sleep(afterMs)
      await Promise.all(servers[victim].map((server) => server.kill()))
      await realHost.clock.sleep(awayMs)
      await Promise.all(servers[victim].map((server) => server.start()))
    }
    await realHost.clock.sleep(200)
    ending.abort()
    const sent = await sending
    return { sent, problems: await problemsOf(client, sent) }
  } finally {
    await gateway.kill()
    await registry.close()
    await client.close()
    await broker.kill()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** What the log holds, by partition: ids at their offsets. */
async function stored(client: LogClient): Promise<number[][]> {
  const found: number[][] = []
  for (let partition = 0; partition < partitions; partition++) {
    const ids: number[] = []
    const end = await client.listOffsets(topic, partition, 'latest')
    const fetcher = new Fetcher(client)
    fetcher.assign([{ topic, partition, offset: 0 }])
    while (fetcher.position(topic, partition) < end) {
      for (const { batches } of await fetcher.poll()) {
        for (const { offset, value } of batches.flatMap(decodeRecords)) {
          ids[offset] = (JSON.parse(String(value)) as { id: number }).id
        }
      }
    }
    fetcher.close()
    found.push(ids)
  }
  return found
}

/** Waits until all that was acknowledged is there; then tells what is lost, doubled or elsewhere. */
async function problemsOf(client: LogClient, { accepted }: Sent): Promise<string[]> {
  const deadline = realHost.clock.monotonic() + drainMsMax
  let found = await stored(client)
  const isMissing = () => {
    const ids = new Set(found.flat())
    return accepted.filter(({ id }) => !ids.has(id))
  }
  while (isMissing().length > 0 && realHost.clock.monotonic() < deadline) {
    await realHost.clock.sleep(200)
    found = await stored(client)
  }
  const problems = isMissing().map(({ id }) => `event ${id} was acknowledged, and is lost`)
  const seen = new Set<number>()
  for (const id of found.flat()) {
    if (seen.has(id)) problems.push(`event ${id} is there twice`)
    seen.add(id)
  }
  for (const { id, partition, offset } of accepted) {
    if (offset === undefined || found[partition]?.[offset] === id) continue
    problems.push(`event ${id} is not at offset ${offset} of partition ${partition}, as was told`)
  }
  return problems
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => net.createServer())
  const ports: number[] = []
  for (const server of servers) {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    ports.push((server.address() as net.AddressInfo).port)
  }
  for (const server of servers) await new Promise((resolve) => server.close(resolve))
  return ports
}
