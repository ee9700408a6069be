import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'

const usage = `Mutated requests against the decoder of the Kafka protocol, or against a whole broker.

  npm run fuzz:log [-- --count 10000000 --seed 1]        so many, from that seed on
  npm run fuzz:log -- --target broker --count 500000     against a broker
  npm run fuzz:log -- --seed N --count 1                 one of them again

Ends with 1 when one is not answered as it must be, or does not end; its seed is printed then.`

const silenceMsMax = 30_000

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '10000000' },
    seed: { type: 'string', default: '1' },
    target: { type: 'string', default: 'decoder' },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) {
  process.stdout.write(`${usage}\n`)
  process.exit()
}
const count = Number(values.count)
const seed = Number(values.seed)
if (!(count > 0) || !Number.isInteger(seed) || !['decoder', 'broker'].includes(values.target)) {
  process.stderr.write(`${usage}\n`)
  process.exit(2)
}

// In a thread of its own, so that a request that never ends is noticed, and told by its seed.
const progress = new BigInt64Array(new SharedArrayBuffer(8))
const began = performance.now()
const worker = new Worker(new URL('./worker.js', import.meta.url), {
  workerData: { count, seed, target: values.target, progress },
})
let [lastSeed, lastChange] = [-1n, began]
const watch = setInterval(() => {
  const at = Atomics.load(progress, 0)
  const now = performance.now()
  if (at !== lastSeed) [lastSeed, lastChange] = [at, now]
  const done = Number(at) - seed
  process.stderr.write(
    `${done.toLocaleString('en')} of ${count.toLocaleString('en')} requests, ${Math.round(done / (now - began))} thousand/s\n`,
  )
  if (now - lastChange > silenceMsMax) {
    process.stderr.write(`The request of seed ${at} does not end.\n`)
    process.exit(1)
  }
}, 5000)
worker.on('message', (summary: unknown) => {
  process.stdout.write(`${JSON.stringify(summary)}\n`)
})
worker.on('error', (cause) => {
  process.stderr.write(`${cause.message}\n${String(cause.cause ?? cause.stack)}\n`)
  process.exit(1)
})
worker.on('exit', () => clearInterval(watch))
