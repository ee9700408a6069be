import { mkdtempSync, rmSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { realHost } from '@millrace/host'
import { LogClient } from '@millrace/log'
import { RegistryServer } from '@millrace/schema'
import { missing, problemsOf } from './check.js'
import { KillableServer } from './killable-server.js'
import { plant } from './plant.js'
import { type Sent, sendUntil } from './senders.js'
import type { Act, Server, Story } from './story.js'
import { findAll, schema, topics } from './topics.js'

export interface Ending {
  readonly sent: Sent
  readonly problems: readonly string[]
}

/** A story goes on after so long, however few events were answered. */
const serveMsMax = 10_000

/** How long the spool may take until all of it is in the log. */
const drainMsMax = 60_000

/** Plays a story: events are sent while gateway and broker are killed; then all is looked for. */
export async function play({ acts, random, spoolBytesMax }: Story): Promise<Ending> {
  const folder = mkdtempSync(path.join(tmpdir(), 'millrace-crash-gateway-'))
  const [brokerPort = 0, gatewayPort = 0] = await freePorts(2)
  const bootstrap = `127.0.0.1:${brokerPort}`
  const directory = path.join(folder, 'log')
  const broker = new KillableServer({ kind: 'broker', port: brokerPort, directory })
  await broker.start()
  const client = await LogClient.connect({ host: realHost, bootstrap })
  const address = { host: '127.0.0.1', port: 0 }
  const registry = await RegistryServer.start({ host: realHost, client, address })
  for (const { name, partitions, hasSchema } of topics) {
    await client.createTopic(name, { partitions })
    if (hasSchema) await registry.registry.register(`${name}-value`, { schema })
  }
  const spoolFolder = path.join(folder, 'spool')
  const gateway = new KillableServer({
    ...{ kind: 'gateway', port: gatewayPort, bootstrap, registryUrl: registry.url, spoolFolder },
    policies: Object.fromEntries(topics.map(({ name, policy }) => [name, policy ?? {}])),
    ...(spoolBytesMax !== undefined && { spoolBytesMax }),
  })
  const servers = { broker, gateway }
  try {
    await gateway.start()
    const ending = new AbortController()
    const url = `http://127.0.0.1:${gatewayPort}`
    const sent: Sent = { accepted: [], events: 0, refused: 0, unanswered: 0 }
    const sending = sendUntil(ending.signal, url, client.clusterId ?? '', random, sent)
    try {
      for (const act of acts) await perform(act, { servers, spoolFolder, sent })
      await realHost.clock.sleep(100)
    } finally {
      ending.abort()
    }
    await sending
    return { sent, problems: await afterDraining(client, sent) }
  } finally {
    await gateway.kill()
    await registry.close()
    await client.close()
    await broker.kill()
    rmSync(folder, { recursive: true, force: true })
  }
}

interface Stage {
  readonly servers: Readonly<Record<Server, KillableServer>>
  readonly spoolFolder: string
  readonly sent: Sent
}

async function perform(act: Act, { servers, spoolFolder, sent }: Stage): Promise<void> {
  const { clock } = realHost
  switch (act.do) {
    case 'wait':
      return clock.sleep(act.ms)
    case 'serve': {
      const answered = () => sent.accepted.length + sent.refused
      const [enough, deadline] = [answered() + act.events, clock.monotonic() + serveMsMax]
      while (answered() < enough && clock.monotonic() < deadline) await clock.sleep(5)
      return
    }
    case 'kill':
      await Promise.all(act.who.map((each) => servers[each].kill()))
      return
    case 'start':
      await Promise.all(act.who.map((each) => servers[each].start()))
      return
    case 'flicker':
      return servers[act.who].flicker(act.ms)
    case 'plant':
      plant(spoolFolder, act.what)
  }
}

/** Waits until all that was acknowledged is there, if it ever is; then tells what is wrong. */
async function afterDraining(client: LogClient, { accepted }: Sent): Promise<string[]> {
  const deadline = realHost.clock.monotonic() + drainMsMax
  let found = await findAll(client)
  // What is lost does not come; what is still on its way makes the number grow.
  let lastGrowth = realHost.clock.monotonic()
  while (missing(accepted, found).length > 0 && realHost.clock.monotonic() < deadline) {
    if (realHost.clock.monotonic() - lastGrowth > quietMsMax) break
    await realHost.clock.sleep(100)
    const again = await findAll(client)
    if (again.length > found.length) lastGrowth = realHost.clock.monotonic()
    found = again
  }
  // What comes twice may come last.
  await realHost.clock.sleep(200)
  return problemsOf(accepted, await findAll(client))
}

/** A spool from which nothing more has come for so long holds nothing more. */
const quietMsMax = 10_000

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
