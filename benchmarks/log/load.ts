import type { Part, Sides } from '../log.js'
import { progress } from '../progress.js'
import { row } from '../report.js'
import type { Server } from '../server.js'
import { consumerPerformance, createTopic, deleteTopic, producerPerformance } from './perf-tools.js'

const recordBytes = 200
const partitionCount = 4
/** What a service sends that is neither idle nor a load test. */
const steadyRecordsPerSecond = 5_000

const smallBatches = { 'batch.size': 16_384 }
const largeBatches = { 'batch.size': 65_536, 'compression.type': 'lz4', 'linger.ms': 5 }

/**
 * How often a round reads what it wrote: that takes a second, most of it while the consumer is still
 * being compiled, so that one reading says little.
 */
const readingsPerRound = 3

/** What one round measured of one side. */
interface Round {
  produce: number
  produceLz4: number
  /** Each time that the topic was read. */
  consume: number[]
  produceCpu: number
  produceLz4Cpu: number
  consumeCpu: number
}

interface Steady {
  p50: number
  p95: number
  p99: number
}

/** Throughput, latency, start, memory and CPU with four partitions. */
export const load: Part = {
  name: 'load',
  async run(sides, { quick }) {
    const records = quick ? 500_000 : 2_000_000
    const rounds = quick ? 2 : 5
    const idle = await startsAndIdle(sides, quick ? 1 : 5)
    // The first round is not counted: Kafka runs faster once its code is compiled, as we do.
    const ours: Round[] = []
    const peer: Round[] = []
    for (let round = 0; round <= rounds; round++) {
      // In turn the first and the second: whoever comes later finds a machine that is warmer.
      const inTurn = round % 2 === 0 ? [sides.ours, sides.peer] : [sides.peer, sides.ours]
      for (const server of inTurn) {
        progress(`${server.name}: round ${round} of ${rounds}`)
        const measured = await oneRound(server, round === 0 ? records / 4 : records, round)
        if (round > 0) (server === sides.ours ? ours : peer).push(measured)
      }
    }
    const oursSteady: Steady[] = []
    const peerSteady: Steady[] = []
    for (let round = 0; round < (quick ? 1 : 5); round++) {
      for (const server of [sides.ours, sides.peer]) {
        progress(`${server.name}: ${steadyRecordsPerSecond} records a second`)
        const kept = server === sides.ours ? oursSteady : peerSteady
        kept.push(await steady(server, quick ? 6 : 20, round))
      }
    }
    const pick = (key: keyof Round) => ({
      ours: ours.flatMap((each) => each[key]),
      peer: peer.flatMap((each) => each[key]),
    })
    const latency = (key: keyof Steady) => ({
      ours: oursSteady.map((each) => each[key]),
      peer: peerSteady.map((each) => each[key]),
    })
    const most = (server: Server) => [server.usage().residentMegabytesMax]
    const memory = { ours: most(sides.ours), peer: most(sides.peer) }
    const more = 'more is better'
    const less = 'less is better'
    const starts = { ours: sides.ours.startSeconds, peer: sides.peer.startSeconds }
    return [
      row('produce, 16 KiB batches', 'records/s', more, pick('produce'), 1),
      row('produce, 64 KiB batches, lz4', 'records/s', more, pick('produceLz4'), 1),
      row('consume', 'records/s', more, pick('consume'), 1),
      row('p50 at 5,000 records/s', 'ms', less, latency('p50')),
      row('p95 at 5,000 records/s', 'ms', less, latency('p95')),
      row('p99 at 5,000 records/s', 'ms', less, latency('p99'), 1),
      row('CPU of the broker, produce, 16 KiB', 's/million', less, pick('produceCpu')),
      row('CPU of the broker, produce, lz4', 's/million', less, pick('produceLz4Cpu')),
      row('CPU of the broker, consume', 's/million', less, pick('consumeCpu')),
      row('resident memory, idle', 'MB', less, idle, 4),
      row('resident memory, most under load', 'MB', less, memory, 4),
      row('start to first answer', 's', less, starts),
      row('start to first answer, ours', 's', less, { ours: sides.ours.startSeconds }, 1),
    ]
  },
}

/** Starts both, empty, some times; gives their memory once they have nothing to do. */
async function startsAndIdle(
  sides: Sides,
  times: number,
): Promise<{ ours: number[]; peer: number[] }> {
  for (const server of [sides.ours, sides.peer]) {
    for (let time = 0; time < times; time++) {
      if (time > 0) await server.stop()
      progress(`${server.name}: start`)
      await server.start()
    }
  }
  await new Promise((resolve) => setTimeout(resolve, 3000))
  const resident = (server: Server) => [server.usage().residentMegabytes]
  return { ours: resident(sides.ours), peer: resident(sides.peer) }
}

async function oneRound(server: Server, records: number, round: number): Promise<Round> {
  const { bootstrap } = server
  const topic = `load-${round}`
  await createTopic(bootstrap, topic, partitionCount)
  const cpuPerMillion = async <Result>(count: number, action: () => Promise<Result>) => {
    const before = server.usage().cpuSeconds
    const result = await action()
    return [result, ((server.usage().cpuSeconds - before) / count) * 1e6] as const
  }
  const produce = (settings: Record<string, string | number>) =>
    cpuPerMillion(records, async () => {
      const run = { topic, records, recordBytes, settings }
      return (await producerPerformance(bootstrap, run)).recordsPerSecond
    })
  const small = await produce(smallBatches)
  const consumed = await cpuPerMillion(records * readingsPerRound, async () => {
    const readings: number[] = []
    for (let reading = 0; reading < readingsPerRound; reading++) {
      const group = `${topic}-${reading}`
      readings.push(await consumerPerformance(bootstrap, { topic, records, group }))
    }
    return readings
  })
  const large = await produce(largeBatches)
  await deleteTopic(bootstrap, topic)
  return {
    produce: small[0],
    produceCpu: small[1],
    produceLz4: large[0],
    produceLz4Cpu: large[1],
    consume: consumed[0],
    consumeCpu: consumed[1],
  }
}

async function steady(server: Server, seconds: number, round: number): Promise<Steady> {
  const { bootstrap } = server
  const topic = `steady-${round}`
  await createTopic(bootstrap, topic, partitionCount)
  const { latencyMs } = await producerPerformance(bootstrap, {
    ...{ topic, recordBytes, throughput: steadyRecordsPerSecond },
    records: steadyRecordsPerSecond * seconds,
    // A producer that begins is slow in both; what is asked is how the broker answers.
    warmupRecords: steadyRecordsPerSecond * 2,
  })
  await deleteTopic(bootstrap, topic)
  return latencyMs
}
