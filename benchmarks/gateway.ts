import fs from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { apacheKafka, checkKafka } from './apache-kafka.js'
import { embeddedBroker } from './embedded-broker.js'
import { bodies } from './gateway/events.js'
import type { Load, Seen } from './gateway/load-process.js'
import { runProgram } from './program.js'
import { progress } from './progress.js'
import { type Row, row, table, writeResults } from './report.js'
import { freePorts, Server } from './server.js'

// `npm run bench:gateway [-- --quick] [-- --soak] [-- kafka]`: events over HTTP into the embedded
// broker (or Apache Kafka), beside a server of node:http that reads the same bodies and answers a
// constant. Both run at the same time, and are measured in turn.

const { values, positionals } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    soak: { type: 'boolean', default: false },
  },
  allowPositionals: true,
})
const onKafka = positionals.includes('kafka')
if (onKafka) checkKafka()
const { quick } = values
const seconds = quick ? 2 : 10
const rounds = quick ? 3 : 5
const soakSeconds = values.soak ? 600 : quick ? 5 : 60
const connections = 64

const broker = await (onKafka ? apacheKafka() : embeddedBroker())
await broker.start()
const [ourPort = 0, peerPort = 0] = await freePorts(2)
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'millrace-bench-gateway-'))
const ours = server('gateway', ourPort, [broker.bootstrap, path.join(folder, 'spool')])
const peer = server('bare', peerPort, [])
try {
  await ours.start()
  await peer.start()
  const rows = [...(await single()), ...(await batches()), ...(await spooled()), ...(await soak())]
  const file = writeResults(
    quick ? 'gateway-quick' : 'gateway',
    onKafka ? 'kafka' : 'embedded',
    rows,
  )
  process.stdout.write(`\n${table(rows, 'node:http')}\n\nWritten to ${file}\n`)
} finally {
  await ours.remove()
  await peer.remove()
  await broker.remove()
  fs.rmSync(folder, { recursive: true, force: true })
}

/** What a load did, and what it cost the server. */
interface Measured extends Seen {
  perSecond: number
  cpuMicros: number
}

async function measure(
  target: Server,
  port: number,
  load: Partial<Load> & Pick<Load, 'bodies'>,
): Promise<Measured> {
  const whole: Load = {
    ...{ port, path: '/topics/trips', connections, seconds },
    headers: { 'content-type': 'application/vnd.kafka.json.v2+json' },
    ...load,
  }
  const before = target.usage().cpuSeconds
  const entry = path.join(import.meta.dirname, 'gateway', 'load-process.js')
  // Arguments have a limit of length, which bodies pass.
  const file = path.join(folder, 'load.json')
  fs.writeFileSync(file, JSON.stringify(whole))
  const { code, out, error } = await runProgram(process.execPath, [entry, file])
  if (code !== 0) throw new Error(`The load ended: ${error}`)
  const seen = JSON.parse(out) as Seen
  if (Object.keys(seen.failed).length > 0) {
    throw new Error(`Requests were refused: ${JSON.stringify(seen.failed)}`)
  }
  const cpuMicros = ((target.usage().cpuSeconds - before) * 1e6) / seen.requests
  return { ...seen, perSecond: seen.requests / seen.seconds, cpuMicros }
}

interface Both {
  ours: Measured[]
  peer: Measured[]
}

/** Both in turn, after a round that warms them up. */
async function inTurn(load: Pick<Load, 'bodies'>): Promise<Both> {
  const measured: Both = { ours: [], peer: [] }
  for (let round = 0; round <= rounds; round++) {
    const our = await measure(ours, ourPort, load)
    const their = await measure(peer, peerPort, load)
    if (round === 0) continue
    measured.ours.push(our)
    measured.peer.push(their)
  }
  return measured
}

function of(name: 'perSecond' | 'cpuMicros' | 'p99Ms', measured: Both) {
  const values = (side: readonly Measured[]) => side.map((each) => each[name])
  return { ours: values(measured.ours), peer: values(measured.peer) }
}

async function single(): Promise<Row[]> {
  progress('one event a request')
  const measured = await inTurn({ bodies: bodies(200, 1) })
  const more = 'more is better'
  return [
    row('one event a request', 'requests/s', more, of('perSecond', measured), 0.6),
    row('CPU of the server', 'µs/request', 'less is better', of('cpuMicros', measured), 0.6),
    row('p99', 'ms', 'less is better', of('p99Ms', measured)),
  ]
}

async function batches(): Promise<Row[]> {
  progress('100 events a request')
  const measured = await inTurn({ bodies: bodies(50, 100) })
  const perSecond = of('perSecond', measured)
  const events = perSecond.ours.map((requests) => requests * 100)
  const cpu = of('cpuMicros', measured).ours.map((micros) => micros / 100)
  return [
    row('100 events a request', 'events/s', 'more is better', { ours: events }, 250_000),
    row('100 events a request: CPU', 'µs/event', 'less is better', { ours: cpu }),
  ]
}

/** Acknowledged from the spool, at half of the rate that it can do. */
async function spooled(): Promise<Row[]> {
  progress('one event a request, from the spool')
  const headers = {
    'content-type': 'application/vnd.kafka.json.v2+json',
    prefer: 'respond-async',
  }
  const load = { headers, bodies: bodies(200, 1) }
  const peak = await measure(ours, ourPort, load)
  const half: Measured[] = []
  for (let round = 0; round < rounds; round++) {
    half.push(await measure(ours, ourPort, { ...load, perSecond: Math.floor(peak.perSecond / 2) }))
  }
  const p99 = half.map(({ p99Ms }) => p99Ms)
  return [
    row('from the spool: peak', 'requests/s', 'more is better', { ours: [peak.perSecond] }),
    row('from the spool: p99 at half of it', 'ms', 'less is better', { ours: p99 }, 5),
  ]
}

/** Resident memory after some time of load, and at its end. */
async function soak(): Promise<Row[]> {
  progress(`${soakSeconds} s of load`)
  const load = { bodies: bodies(200, 1), seconds: soakSeconds / 2 }
  await measure(ours, ourPort, load)
  const halfway = ours.usage().residentMegabytes
  await measure(ours, ourPort, load)
  const end = ours.usage().residentMegabytes
  return [
    row('resident memory', 'MB', 'less is better', { ours: [end] }),
    row(
      'resident memory: end of the load to its middle',
      'times',
      'less is better',
      {
        ours: [end / halfway],
      },
      1.1,
    ),
  ]
}

function server(name: string, port: number, args: readonly string[]): Server {
  const entry = path.join(import.meta.dirname, 'gateway', `${name}-process.js`)
  return new Server({
    ...{ name, program: process.execPath, args: [entry, String(port), ...args], port },
    folder: fs.mkdtempSync(path.join(os.tmpdir(), `millrace-bench-${name}-`)),
    isReady: () => listens(port),
  })
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ host: '127.0.0.1', port })
    socket.on('connect', () => {
      resolve(true)
      socket.destroy()
    })
    socket.on('error', () => resolve(false))
  })
}
