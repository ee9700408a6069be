import type { Part } from '../log.js'
import { progress } from '../progress.js'
import { row } from '../report.js'
import { inTurn } from './in-turn.js'
import {
  consumerPerformance,
  createTopic,
  producerPerformance,
  waitForRecords,
} from './perf-tools.js'

const partitionCount = 1000
const recordBytes = 200
const topic = 'wide'

/** How it grows with partitions: a topic of a thousand, each with little in it. */
export const partitions: Part = {
  name: 'partitions',
  async run(sides, { quick }) {
    const records = quick ? 500_000 : 2_000_000
    const rounds = quick ? 1 : 3
    const waitSeconds = quick ? 10 : 30
    for (const server of [sides.ours, sides.peer]) {
      await server.start()
      await createTopic(server.bootstrap, topic, partitionCount)
    }
    const produce = await inTurn(sides, rounds, async (server) => {
      progress(`${server.name}: produce to ${partitionCount} partitions`)
      const run = { topic, records, recordBytes, settings: { 'batch.size': 16_384 } }
      return (await producerPerformance(server.bootstrap, run)).recordsPerSecond
    })
    const consume = await inTurn(sides, rounds, (server, time) => {
      progress(`${server.name}: consume from ${partitionCount} partitions`)
      return consumerPerformance(server.bootstrap, { topic, records, group: `wide-${time}` })
    })
    const idle = await inTurn(sides, 1, async (server) => {
      progress(`${server.name}: a consumer waits at ${partitionCount} partitions`)
      const waiting = waitForRecords(server.bootstrap, topic, (waitSeconds + 15) * 1000)
      // Until it has joined its group and found its offsets.
      await new Promise((resolve) => setTimeout(resolve, 10_000))
      const before = server.usage().cpuSeconds
      await new Promise((resolve) => setTimeout(resolve, waitSeconds * 1000))
      const spent = server.usage().cpuSeconds - before
      await waiting
      return (spent / waitSeconds) * 60
    })
    const resident = await inTurn(sides, 1, async (server) => server.usage().residentMegabytes)
    const start = await inTurn(sides, rounds, async (server) => {
      progress(`${server.name}: start with ${partitionCount} partitions`)
      await server.stop()
      return server.start()
    })
    const more = 'more is better'
    const less = 'less is better'
    return [
      row('1,000 partitions: produce, 16 KiB batches', 'records/s', more, produce, 1),
      row('1,000 partitions: consume', 'records/s', more, consume, 1),
      row('1,000 partitions: CPU while one consumer waits', 's/minute', less, idle, 1),
      row('1,000 partitions: resident memory', 'MB', less, resident, 4),
      row('1,000 partitions: start to first answer', 's', less, start, 1),
    ]
  },
}
