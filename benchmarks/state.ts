import { spawn } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { BadOption, commandLine } from './command-line.js'
import { progress } from './progress.js'
import { type Row, row, table, writeResults } from './report.js'
import type { Report } from './state/growing-job.js'

const usage = `
A grouping by key that gets a new key with each record, with its state on disk, in a process of its
own, until it has so many keys; then it is killed and started again. Tells what a record costs while
the state grows, and how long it is from the kill until a step is committed. The rows are made by
the job itself, so that nothing else is in the figures.

  npm run bench:state                     50 million keys; needs 8 GB of memory
  npm run bench:state -- --keys N         so many, a million at least
  npm run bench:state -- --text BYTES     each with two texts of half so many bytes, for wide rows`

const { values } = commandLine(usage, {
  keys: { type: 'string', default: '50000000' },
  text: { type: 'string', default: '0' },
})
const keys = Number(values.keys)
const textBytes = Number(values.text)
if (keys < 1_000_000) throw new BadOption(`--keys takes a number from 1,000,000 on, not ${keys}.`)
/** Sizes at which the cost is told: of the records that doubled the state to it. */
const sizes = [1, 2, 5, 10, 20, 50, 100].map((millions) => millions * 1e6).filter((n) => n <= keys)
const goals = { growth: 2, recoverySeconds: 3 }

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'millrace-bench-state-'))
try {
  const script = path.join(folder, 'state.sql')
  fs.writeFileSync(script, scriptOf(keys + 2_000_000))
  const state = path.join(folder, 'state')
  const first = await grow(script, state)
  const bytes = bytesIn(state)
  progress('starts again after the kill')
  const again = await recover(script, state)
  const rows = rowsOf(first, bytes, again)
  process.stdout.write(`\n${table(rows, '')}\n\n`)
  const part = `${keys / 1e6} million keys${textBytes === 0 ? '' : `, ${textBytes} bytes of text each`}`
  process.stdout.write(`Written to ${writeResults('state', part, rows)}\n`)
} finally {
  fs.rmSync(folder, { recursive: true, force: true })
}

/** The job until it has `keys` keys, then killed. */
async function grow(script: string, state: string): Promise<Report[]> {
  const reports: Report[] = []
  let told = 0
  for await (const report of run(script, state)) {
    reports.push(report)
    const millions = Math.floor(report.recordsIn / 1e6)
    if (millions > told) progress(`${millions} of ${keys / 1e6} million keys`)
    told = millions
    if (report.recordsIn >= keys) break
  }
  return reports
}

/** The job from its start to its first step that is committed. */
async function recover(script: string, state: string): Promise<Report> {
  for await (const report of run(script, state)) if (report.isNew) return report
  throw new Error('The job ended without a step.')
}

/** What the job reports, until nobody listens any more: then it is killed. */
async function* run(script: string, state: string): AsyncGenerator<Report> {
  const entry = path.join(import.meta.dirname, 'state', 'growing-job.js')
  const args = ['--max-semi-space-size=64', '--no-incremental-marking', entry, script, state]
  const job = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise((resolve) => job.once('close', resolve))
  try {
    for await (const line of createInterface({ input: job.stdout })) {
      yield JSON.parse(line) as Report
    }
  } finally {
    job.kill('SIGKILL')
    await ended
  }
}

function rowsOf(reports: readonly Report[], stateBytes: number, again: Report): Row[] {
  const at = (records: number) => {
    const found = reports.find(({ recordsIn }) => recordsIn >= records)
    if (found === undefined) throw new Error(`The job never had ${records} records.`)
    return found
  }
  const cost = (size: number) => {
    const [from, to] = [at(size / 2), at(size)]
    return ((to.cpuSeconds - from.cpuSeconds) / (to.recordsIn - from.recordsIn)) * 1e6
  }
  const less = 'less is better'
  const costs = sizes.map((size) => {
    const name = `a record, up to ${size / 1e6} million keys`
    return row(name, 'CPU µs', less, { ours: [cost(size)] })
  })
  const growth = cost(sizes.at(-1) ?? keys) / cost(sizes[0] ?? keys)
  const resident = Math.max(...reports.map(({ residentMegabytes }) => residentMegabytes))
  return [
    ...costs,
    row('dearer than at a million keys', '×', less, { ours: [growth] }, goals.growth),
    row('resident memory, most', 'MB', less, { ours: [resident] }),
    row('state on disk', 'MB', less, { ours: [stateBytes / 2 ** 20] }),
    row('CPU from the kill to the next committed step', 's', less, { ours: [again.cpuSeconds] }),
    row(
      'kill to the next committed step',
      's',
      less,
      { ours: [again.startedMs / 1000] },
      goals.recoverySeconds,
    ),
  ]
}

function scriptOf(rows: number): string {
  const text = `REPEAT('x', ${Math.ceil(textBytes / 2)}) || CAST(k AS STRING)`
  const columns = textBytes === 0 ? '' : ', least STRING, most STRING'
  const values = textBytes === 0 ? '' : `, MIN(${text}), MAX(${text})`
  return `SET 'state.memory.max' = '32 gb';
CREATE TABLE keys (k BIGINT, v BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '100000000',
  'fields.k.kind' = 'sequence', 'fields.k.start' = '1', 'fields.k.end' = '${rows}',
  'fields.v.min' = '1', 'fields.v.max' = '1000');
CREATE TABLE counts (k BIGINT, n BIGINT, s BIGINT${columns}, PRIMARY KEY (k) NOT ENFORCED) WITH ('connector' = 'blackhole');
INSERT INTO counts SELECT k, COUNT(*), SUM(v)${values} FROM keys GROUP BY k;
`
}

function bytesIn(directory: string): number {
  const names = fs.readdirSync(directory)
  return names.reduce((sum, name) => sum + fs.statSync(path.join(directory, name)).size, 0)
}
