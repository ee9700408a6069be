import { type ChildProcess, spawn } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { realHost } from '@millrace/host'
import { decodeRecords, Fetcher, LogClient, Producer } from '@millrace/log'
import { commandLine } from './command-line.js'
import { embeddedBroker } from './embedded-broker.js'
import { progress } from './progress.js'
import { row, table, writeResults } from './report.js'

const usage = `
From an event's produce to the committed result that counts it, as a reader of committed records
sees it: half a minute. A grouping by key with its state on disk, exactly once, in a process of its
own. Flink gives committed results once a checkpoint, so there is no peer to run.

  npm run bench:latency`

commandLine(usage, {})

const perSecond = 5_000
const tickMs = 10
const keys = 1_000
const seconds = { warm: 5, measured: 20 }
const goalMs = { p99: 150 }

const script = `CREATE TABLE events (k INT, at_ms BIGINT)
  WITH ('connector' = 'kafka', 'topic' = 'events', 'format' = 'json', 'scan.startup.mode' = 'earliest-offset');
  CREATE TABLE counts (k INT, n BIGINT, at_ms BIGINT, PRIMARY KEY (k) NOT ENFORCED)
  WITH ('connector' = 'upsert-kafka', 'topic' = 'counts', 'key.format' = 'json', 'value.format' = 'json');
  INSERT INTO counts SELECT k, COUNT(*), MAX(at_ms) FROM events GROUP BY k;`

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'millrace-bench-latency-'))
const broker = await embeddedBroker()
let job: ChildProcess | undefined
try {
  await broker.start()
  const client = await LogClient.connect({ host: realHost, bootstrap: broker.bootstrap })
  for (const topic of ['events', 'counts']) await client.createTopic(topic, { partitions: 4 })
  const file = path.join(folder, 'latency.sql')
  fs.writeFileSync(file, script)
  const entry = path.join(import.meta.dirname, 'bundle', 'job-process.js')
  const args = [entry, 'latency', file, path.join(folder, 'state'), broker.bootstrap]
  job = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'] })
  progress(`${perSecond.toLocaleString('en')} events a second, ${keys} keys`)
  const ending = new AbortController()
  const latencies: number[] = []
  const from = performance.now() + seconds.warm * 1000
  const reading = read(client, ending.signal, (latencyMs) => {
    if (performance.now() >= from) latencies.push(latencyMs)
  })
  await produce(client)
  await pause(1000)
  ending.abort()
  await reading
  await client.close()
  latencies.sort((left, right) => left - right)
  const at = (share: number) => latencies[Math.floor(latencies.length * share)] ?? Number.NaN
  const rows = [
    row('p50, produce to committed result', 'ms', 'less is better', { ours: [at(0.5)] }),
    row('p99', 'ms', 'less is better', { ours: [at(0.99)] }, goalMs.p99),
    row('results', 'results', 'more is better', { ours: [latencies.length] }),
  ]
  process.stdout.write(`\n${table(rows, '')}\n\n`)
  process.stdout.write(`Written to ${writeResults('latency', '5,000 events a second', rows)}\n`)
} finally {
  job?.kill('SIGKILL')
  await broker.remove()
  fs.rmSync(folder, { recursive: true, force: true })
}

/** At the rate, for the time; what one tick is late the next makes up for. */
async function produce(client: LogClient): Promise<void> {
  const producer = new Producer(client)
  const began = performance.now()
  const total = perSecond * (seconds.warm + seconds.measured)
  const underWay: Promise<unknown>[] = []
  for (let sent = 0, partition = 0; sent < total; partition = (partition + 1) % 4) {
    await pause(tickMs)
    const due = Math.min(total, Math.floor(((performance.now() - began) / 1000) * perSecond))
    const records = []
    for (; sent < due; sent++) {
      const value = { k: (sent * 7919) % keys, at_ms: Date.now() }
      records.push({ key: null, value: Buffer.from(JSON.stringify(value)) })
    }
    if (records.length > 0) underWay.push(producer.send('events', partition, records))
    if (underWay.length > 100) await underWay.shift()
  }
  await Promise.all(underWay)
}

/** Tells of each result how old the latest event is that it counts. */
async function read(
  client: LogClient,
  signal: AbortSignal,
  see: (latencyMs: number) => void,
): Promise<void> {
  const fetcher = new Fetcher(client, { isolation: 'read_committed', maxWaitMs: 100 })
  fetcher.assign([0, 1, 2, 3].map((partition) => ({ topic: 'counts', partition, offset: 0 })))
  while (!signal.aborted) {
    try {
      for (const { batches } of await fetcher.poll(signal)) {
        for (const { value } of batches.flatMap((batch) => decodeRecords(batch))) {
          see(Date.now() - Number(JSON.parse(String(value)).at_ms))
        }
      }
    } catch (error) {
      if (!signal.aborted) throw error
    }
  }
  fetcher.close()
}
