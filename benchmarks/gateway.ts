import { apacheKafka, checkKafka } from './apache-kafka.js'
import { commandLine, need } from './command-line.js'
import { embeddedBroker } from './embedded-broker.js'
import { doors } from './gateway/doors.js'
import { memory } from './gateway/memory.js'
import { requests } from './gateway/requests.js'
import { type Extent, Sides } from './gateway/sides.js'
import { spooled } from './gateway/spooled.js'
import { progress } from './progress.js'
import { type Row, table, writeResults } from './report.js'
import type { Server } from './server.js'

const usage = `
Events over HTTP into the embedded broker, and into Apache Kafka, beside a server of node:http that
reads the same bodies and answers a constant. Gateway and bare server are measured in turn.

  npm run bench:gateway                    over both, twenty minutes
  npm run bench:gateway -- embedded        over the embedded broker
  npm run bench:gateway -- kafka           over Apache Kafka
  npm run bench:gateway -- requests spool  these parts: requests, doors, spool, memory
  npm run bench:gateway -- --quick         over the embedded broker, as little as shows anything
  npm run bench:gateway -- --soak          memory alone, ten minutes of load (--quick: one)`

const parts: Readonly<Record<string, (sides: Sides) => Promise<Row[]>>> = {
  requests,
  doors,
  spool: spooled,
  memory,
}
const brokers: Readonly<Record<string, () => Promise<Server>>> = {
  embedded: embeddedBroker,
  // As it comes it does not look at `flush.ms`, which the benchmark's topics have, and at nothing of
  // that kind in its first half minute.
  kafka: () =>
    apacheKafka({
      'log.flush.scheduler.interval.ms': '500',
      'log.initial.task.delay.ms': '500',
    }),
}

const { values, words } = commandLine(
  usage,
  {
    quick: { type: 'boolean', default: false },
    soak: { type: 'boolean', default: false },
  },
  [...Object.keys(brokers), ...Object.keys(parts)],
)
const { quick, soak } = values
const extent: Extent = quick
  ? { seconds: 2, rounds: 3, memorySeconds: soak ? 60 : 10 }
  : { seconds: 10, rounds: 5, memorySeconds: soak ? 600 : 60 }
const chosen = (names: readonly string[], otherwise: readonly string[]) => {
  const named = names.filter((name) => words.includes(name))
  return named.length > 0 ? named : otherwise
}
const brokerNames = chosen(
  Object.keys(brokers),
  quick || soak ? ['embedded'] : Object.keys(brokers),
)
const partNames = soak ? ['memory'] : chosen(Object.keys(parts), Object.keys(parts))
if (brokerNames.includes('kafka')) need(checkKafka)

for (const name of brokerNames) {
  progress(`over the broker: ${name}`)
  const sides = await Sides.start(extent, await (brokers[name] as () => Promise<Server>)())
  try {
    for (const part of partNames) {
      const rows = await (parts[part] as (sides: Sides) => Promise<Row[]>)(sides)
      const results = quick ? 'gateway-quick' : 'gateway'
      const file = writeResults(results, `${name}: ${soak ? 'soak' : part}`, rows)
      process.stdout.write(`\n${table(rows, 'node:http')}\n\nWritten to ${file}\n\n`)
    }
  } finally {
    await sides.remove()
  }
}
