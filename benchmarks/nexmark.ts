import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { apacheKafka, checkKafka } from './apache-kafka.js'
import { writeChart } from './chart.js'
import { BadOption, commandLine, need } from './command-line.js'
import { embeddedBroker } from './embedded-broker.js'
import { ApacheFlink, checkFlink, type StateBackend } from './nexmark/apache-flink.js'
import {
  chartTitle,
  type Measured,
  resultRows,
  resultTable,
  speedRows,
  type Took,
} from './nexmark/measured.js'
import { runAsJob } from './nexmark/millrace-job.js'
import { type QueryScript, queryNames, queryScript } from './nexmark/query-script.js'
import type { RecordFormat } from './nexmark/record-value.js'
import { writeSideFile } from './nexmark/side-file.js'
import { fillTopics } from './nexmark/topics.js'
import { progress } from './progress.js'
import { writeResults } from './report.js'

const usage = `
The queries of the Nexmark benchmark, one after another, over the same JSON (or Avro) in three
topics of an Apache Kafka: as a job of ours in a process of its own, and in Apache Flink.

  npm run bench:nexmark                      all queries, five million bids, beside both backends
  npm run bench:nexmark -- q0 q5             these queries
  npm run bench:nexmark -- --bids N          so many bids
  npm run bench:nexmark -- --seed N          other bids
  npm run bench:nexmark -- --format avro     in Avro
  npm run bench:nexmark -- --backend heap    Flink with its state there alone: heap, rocksdb
  npm run bench:nexmark -- --alone           ours alone, over the embedded broker`

const { values, words } = commandLine(
  usage,
  {
    bids: { type: 'string', default: '5000000' },
    seed: { type: 'string', default: '1' },
    alone: { type: 'boolean', default: false },
    format: { type: 'string', default: 'json' },
    backend: { type: 'string', multiple: true, default: ['heap', 'rocksdb'] },
  },
  queryNames,
)
const bids = Number(values.bids)
if (bids < 1) throw new BadOption('--bids takes a number of bids, not 0.')
const format = oneOf('--format', values.format, ['json', 'avro'] satisfies RecordFormat[])
const backends = values.backend.map((name) =>
  oneOf('--backend', name, ['heap', 'rocksdb'] satisfies StateBackend[]),
)
const queries = words.length > 0 ? words : queryNames

if (!values.alone) {
  need(checkKafka)
  need(checkFlink)
}
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'millrace-bench-nexmark-'))
const sideFile = path.join(folder, 'side.csv')
writeSideFile(sideFile)
const broker = values.alone ? await embeddedBroker() : await apacheKafka()
const measured: Measured[] = queries.map((query) => ({ query, peers: new Map() }))
try {
  await broker.start()
  progress(`writes ${bids.toLocaleString('en')} bids`)
  const { records } = await fillTopics(broker.bootstrap, {
    bids,
    format,
    seed: Number(values.seed),
  })
  // Kafka makes its topics of offsets and transactions when a first job asks for them.
  await outcomeOf(() => runAsJob(scriptOf('q3'), broker.bootstrap, folder))
  for (const each of measured) {
    progress(`${each.query}, Millrace`)
    each.ours = await outcomeOf(() => runAsJob(scriptOf(each.query), broker.bootstrap, folder))
  }
  for (const backend of values.alone ? [] : backends) {
    const flink = await ApacheFlink.start(backend)
    try {
      for (const { query, peers } of measured) {
        progress(`${query}, Flink, ${backend}`)
        const took = await outcomeOf(async () => {
          // What a query reads is the same on both sides; Flink does not count it.
          return { records, ...(await flink.run(scriptOf(query).statements)) }
        })
        peers.set(backend, took)
      }
    } finally {
      await flink.remove()
    }
  }
} finally {
  await broker.remove()
  fs.rmSync(folder, { recursive: true, force: true })
}
process.stdout.write(`\n${resultTable(measured)}\n`)
if (!values.alone && words.length === 0) {
  const rows = resultRows(measured)
  const chart = writeChart(`nexmark-${format}`, chartTitle(format), speedRows(rows))
  process.stdout.write(`\nWritten to ${writeResults('nexmark', format, rows)} and ${chart}\n`)
}

function scriptOf(query: string): QueryScript {
  return queryScript(query, { bootstrap: broker.bootstrap, sideFile, format })
}

/** What it took, or the line with which it was refused or failed. */
async function outcomeOf(run: () => Promise<Took>): Promise<Took | string> {
  try {
    return await run()
  } catch (error) {
    const lines = String(error instanceof Error ? error.message : error).split('\n')
    return lines.find((line) => line.trim() !== '') ?? 'failed'
  }
}

function oneOf<Name extends string>(option: string, name: string, names: readonly Name[]): Name {
  const found = names.find((each) => each === name)
  if (found === undefined) {
    throw new BadOption(`${option} takes ${names.join(' or ')}, not '${name}'.`)
  }
  return found
}
