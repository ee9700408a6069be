import { parentPort, workerData } from 'node:worker_threads'
import { BrokerTarget } from './broker-target.js'
import { DecoderTarget } from './decoder-target.js'

const { count, seed, target, progress } = workerData as {
  count: number
  seed: number
  target: string
  progress: BigInt64Array
}

/** What stays in memory may grow by so much between the first tenth of the run and its end. */
const grownBytesMax = 64 * 1024 * 1024

const chosen = target === 'broker' ? new BrokerTarget() : new DecoderTarget()
const warmUp = Math.ceil(count / 10)
let residentBytes = 0
for (let at = 0; at < count; at++) {
  Atomics.store(progress, 0, BigInt(seed + at))
  const running = chosen.run(seed + at)
  if (running !== undefined) await running
  if (at === warmUp) residentBytes = process.memoryUsage().rss
}
const grownBytes = process.memoryUsage().rss - residentBytes
if (chosen instanceof BrokerTarget) await chosen.close()
parentPort?.postMessage({ ...chosen.counts, grownMiB: Math.round(grownBytes / 1024 / 1024) })
if (count > 100_000 && grownBytes > grownBytesMax) {
  throw new Error(`The memory grew by ${grownBytes} bytes, ${grownBytesMax} are allowed.`)
}
