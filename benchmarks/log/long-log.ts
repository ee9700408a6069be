import fs from 'node:fs'
import os from 'node:os'
import { realHost } from '@millrace/host'
import { Fetcher, LogClient } from '@millrace/log'
import type { Part } from '../log.js'
import { progress } from '../progress.js'
import { median, row } from '../report.js'
import type { Server } from '../server.js'
import { inTurn } from './in-turn.js'
import { createTopic, producerPerformance } from './perf-tools.js'

const gigabytes = 10
const recordBytes = 10_000
const partitionCount = 4
const topic = 'long'
const readsFromTheMiddle = 25

/** What one side measured. */
interface Measured {
  write: number
  start: number
  startAfterKill: number
  readMs: number
  residentMegabytes: number
}

/** How it grows with what is kept: a log of ten gigabytes. */
export const longLog: Part = {
  name: 'long-log',
  async run(sides, { quick }) {
    const size = quick ? 1 : gigabytes
    const wantedBytes = size * 2 ** 30
    const { bavail, bsize } = fs.statfsSync(os.tmpdir())
    if (bavail * bsize < wantedBytes * 2) {
      throw new Error(`${os.tmpdir()} has no room for two times ${wantedBytes} bytes.`)
    }
    const all: { ours: Measured[]; peer: Measured[] } = { ours: [], peer: [] }
    await inTurn(sides, 1, async (server) => {
      const measured = await oneSide(server, wantedBytes)
      all[server === sides.ours ? 'ours' : 'peer'].push(measured)
      // Before the other begins, so that one of them lies on the disk at a time.
      await server.remove()
      return 0
    })
    const pick = (key: keyof Measured) => ({
      ours: all.ours.map((each) => each[key]),
      peer: all.peer.map((each) => each[key]),
    })
    const less = 'less is better'
    return [
      row(`${size} GB of log: write it, 10 kB records`, 'MB/s', 'more is better', pick('write'), 1),
      row(`${size} GB of log: start to first answer`, 's', less, pick('start'), 1),
      row(`${size} GB of log: start after a kill`, 's', less, pick('startAfterKill'), 1),
      row(`${size} GB of log: read from anywhere`, 'ms', less, pick('readMs'), 1),
      row(`${size} GB of log: resident memory`, 'MB', less, pick('residentMegabytes'), 4),
    ]
  },
}

async function oneSide(server: Server, wantedBytes: number): Promise<Measured> {
  progress(`${server.name}: writes ${(wantedBytes / 2 ** 30).toFixed(0)} GB`)
  await server.start()
  await createTopic(server.bootstrap, topic, partitionCount)
  const settings = { 'batch.size': 524_288, 'linger.ms': 5, 'max.request.size': 4_194_304 }
  const records = Math.floor(wantedBytes / recordBytes)
  const run = { topic, records, recordBytes, settings }
  const { recordsPerSecond } = await producerPerformance(server.bootstrap, run)
  progress(`${server.name}: starts with it`)
  await server.kill()
  const startAfterKill = await server.start()
  await server.stop()
  const start = await server.start()
  progress(`${server.name}: reads`)
  const readMs = await readsFromAnywhere(server)
  const { residentMegabytes } = server.usage()
  const write = (recordsPerSecond * recordBytes) / 1e6
  return { write, start, startAfterKill, readMs, residentMegabytes }
}

/** Milliseconds until a reader that begins at some offset has its first records. */
async function readsFromAnywhere(server: Server): Promise<number> {
  const client = await LogClient.connect({ host: realHost, bootstrap: server.bootstrap })
  try {
    const fetcher = new Fetcher(client)
    const end = await client.listOffsets(topic, 0, 'latest')
    const taken: number[] = []
    for (let read = 0; read < readsFromTheMiddle; read++) {
      const offset = Math.floor((end * (read + 0.5)) / readsFromTheMiddle)
      fetcher.assign([{ topic, partition: 0, offset }])
      const began = performance.now()
      while ((await fetcher.poll()).length === 0);
      taken.push(performance.now() - began)
    }
    return median(taken)
  } finally {
    await client.close()
  }
}
