import { realHost } from '@millrace/host'
import { LogClient, Producer } from '@millrace/log'
import type { Part } from '../log.js'
import { progress } from '../progress.js'
import { row } from '../report.js'
import type { Server } from '../server.js'
import { inTurn } from './in-turn.js'
import { createTopic } from './perf-tools.js'

const connectionCount = 500
const partitionCount = 4
const recordsPerSend = 50
const record = { key: null, value: Buffer.alloc(200, 'x') }
const topic = 'many'

/**
 * How it grows with connections: many producers, each with a connection of its own, none of which
 * waits for another. They are of our own client, for either side, because five hundred Java
 * producers do not fit on a small machine; what the client costs is the same for both.
 */
export const connections: Part = {
  name: 'connections',
  async run(sides, { quick }) {
    const seconds = quick ? 5 : 15
    for (const server of [sides.ours, sides.peer]) {
      await server.start()
      await createTopic(server.bootstrap, topic, partitionCount)
    }
    const cpu: { ours: number[]; peer: number[] } = { ours: [], peer: [] }
    const grown: { ours: number[]; peer: number[] } = { ours: [], peer: [] }
    const produce = await inTurn(sides, quick ? 1 : 3, async (server) => {
      progress(`${server.name}: ${connectionCount} producers`)
      const measured = await oneRound(server, seconds)
      const side = server === sides.ours ? 'ours' : 'peer'
      cpu[side].push(measured.cpuPerMillion)
      grown[side].push(measured.residentMegabytes)
      return measured.recordsPerSecond
    })
    const more = 'more is better'
    const less = 'less is better'
    return [
      row('500 connections: produce from all', 'records/s', more, produce, 1),
      row('500 connections: CPU of the broker', 's/million', less, cpu),
      row('500 connections: resident memory', 'MB', less, grown, 4),
    ]
  },
}

async function oneRound(server: Server, seconds: number) {
  const { bootstrap } = server
  const connecting = Array.from({ length: connectionCount }, () =>
    LogClient.connect({ host: realHost, bootstrap }),
  )
  const clients = await Promise.all(connecting)
  const producers = clients.map((client) => new Producer(client))
  const records = Array.from({ length: recordsPerSend }, () => record)
  const sendFrom = (producer: Producer, at: number) =>
    producer.send(topic, at % partitionCount, records)
  // Once from each first, so that connections and identities are there.
  await Promise.all(producers.map(sendFrom))
  const before = server.usage().cpuSeconds
  const began = performance.now()
  const end = began + seconds * 1000
  let sent = 0
  await Promise.all(
    producers.map(async (producer, at) => {
      while (performance.now() < end) {
        await sendFrom(producer, at)
        sent += recordsPerSend
      }
    }),
  )
  const took = (performance.now() - began) / 1000
  const { cpuSeconds, residentMegabytes } = server.usage()
  for (const client of clients) await client.close()
  return {
    recordsPerSecond: sent / took,
    cpuPerMillion: ((cpuSeconds - before) / sent) * 1e6,
    residentMegabytes,
  }
}
