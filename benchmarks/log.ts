import { apacheKafka, checkKafka } from './apache-kafka.js'
import { commandLine, need } from './command-line.js'
import { embeddedBroker } from './embedded-broker.js'
import { connections } from './log/connections.js'
import { load } from './log/load.js'
import { longLog } from './log/long-log.js'
import { partitions } from './log/partitions.js'
import { type Row, table, writeResults } from './report.js'
import type { Server } from './server.js'

const usage = `
The embedded broker beside Apache Kafka, under Kafka's own load tools. Both run at the same time,
and are measured in turn.

  npm run bench:log                        all parts, a quarter of an hour
  npm run bench:log -- load partitions     these parts: load, partitions, connections, long-log
  npm run bench:log -- --quick             as little of the first as shows anything, a minute`

/** The two brokers, in the order in which they are measured. */
export interface Sides {
  ours: Server
  peer: Server
}

export interface Part {
  name: string
  /** Measures and gives its rows. `quick`: as little as shows anything. */
  run(sides: Sides, options: { quick: boolean }): Promise<Row[]>
}

const parts: readonly Part[] = [load, partitions, connections, longLog]

const { values, words } = commandLine(
  usage,
  { quick: { type: 'boolean', default: false } },
  parts.map(({ name }) => name),
)
need(checkKafka)
const { quick } = values
// The quick one shows how it runs; how it grows takes minutes.
const chosen = parts.filter(({ name }) =>
  words.length > 0 ? words.includes(name) : !quick || name === load.name,
)
for (const part of chosen) {
  const sides = { ours: await embeddedBroker(), peer: await apacheKafka() }
  try {
    const rows = await part.run(sides, { quick })
    const file = writeResults(quick ? 'log-quick' : 'log', part.name, rows)
    process.stdout.write(`\n${table(rows, 'Kafka')}\n\nWritten to ${file}\n\n`)
  } finally {
    await sides.ours.remove()
    await sides.peer.remove()
  }
}
