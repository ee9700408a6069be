import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { embeddedBroker } from './log/embedded-broker.js'
import { progress } from './log/progress.js'
import { fillTopics } from './nexmark/topics.js'
import { runProgram } from './program.js'

// `npm run bench:nexmark [-- --bids N] [-- QUERY …]`: the queries of the Nexmark benchmark, one
// after another, each as a job in a process of its own, over the same JSON in three topics.

/** What a job took, as `job-process.ts` prints it. */
interface Took {
  records: number
  seconds: number
  cpuSeconds: number
  residentMegabytesMax: number
}

const { values, positionals } = parseArgs({
  options: {
    bids: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: '1' },
  },
  allowPositionals: true,
})
const source = path.join(import.meta.dirname, '..', 'nexmark')
const byNumber = (left: string, right: string) => Number(left.slice(1)) - Number(right.slice(1))
const queries = fs
  .readdirSync(path.join(source, 'queries'))
  .map((file) => path.basename(file, '.sql'))
  .sort(byNumber)
const unknown = positionals.find((name) => !queries.includes(name))
const bids = Number(values.bids)
if (unknown !== undefined || !Number.isInteger(bids) || bids < 1) {
  const what = unknown === undefined ? `--bids ${values.bids}` : `the query "${unknown}"`
  process.stderr.write(`There is no ${what}; the queries are ${queries.join(', ')}.\n`)
  process.exit(1)
}

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'millrace-bench-nexmark-'))
const broker = await embeddedBroker()
try {
  await broker.start()
  progress(`writes ${bids.toLocaleString('en')} bids`)
  await fillTopics(broker.bootstrap, { bids, seed: Number(values.seed) })
  process.stdout.write('query  records/s  CPU µs/record   MB\n')
  for (const query of positionals.length > 0 ? positionals : queries) {
    progress(query)
    process.stdout.write(`${query.padEnd(5)}  ${told(await run(query))}\n`)
  }
} finally {
  await broker.remove()
  fs.rmSync(folder, { recursive: true, force: true })
}

/** What it took, or the line with which it was refused or failed. */
async function run(query: string): Promise<Took | string> {
  const text = ['tables.sql', `queries/${query}.sql`]
    .map((file) => fs.readFileSync(path.join(source, file), 'utf8'))
    .join('\n')
    .replaceAll('BOOTSTRAP', broker.bootstrap)
  const script = path.join(folder, `${query}.sql`)
  fs.writeFileSync(script, text)
  const entry = path.join(import.meta.dirname, 'nexmark', 'job-process.js')
  const state = path.join(folder, `${query}-state`)
  const args = [entry, query, script, state, broker.bootstrap]
  const { code, out, error } = await runProgram(process.execPath, args)
  fs.rmSync(state, { recursive: true, force: true })
  if (code === 0) return JSON.parse(out) as Took
  return error.split('\n').find((line) => line.trim() !== '') ?? `ended with ${code}`
}

function told(took: Took | string): string {
  if (typeof took === 'string') return took
  const { records, seconds, cpuSeconds, residentMegabytesMax } = took
  const rate = Math.round(records / seconds / 1000) * 1000
  const cpu = ((cpuSeconds / records) * 1e6).toFixed(2)
  const memory = residentMegabytesMax.toFixed(0)
  return `${rate.toLocaleString('en').padStart(9)}  ${cpu.padStart(13)}  ${memory.padStart(3)}`
}
