import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { checkKafka } from './apache-kafka.js'
import { commandLine, need } from './command-line.js'
import { type Row, table, writeResults } from './report.js'
import { commands } from './start/commands.js'
import type { Folders } from './start/folders.js'
import { idle, starts } from './start/platform.js'
import { writeAvroProject } from './start/project.js'

const usage = `
How long \`millrace up\` and other commands take to start, what a platform takes of memory, and what
it costs while it does nothing. The project has five topics, all in Avro, three pipelines and a
table. Beside it Apache Kafka, a broker alone.

  npm run bench:start                      all parts, two minutes
  npm run bench:start -- commands idle     these parts: starts, idle, commands
  npm run bench:start -- --quick           fewer rounds, half a minute`

const parts: Readonly<
  Record<string, (folders: Folders, options: { quick: boolean }) => Promise<Row[]>>
> = {
  starts: (folders, { quick }) => starts(folders, quick ? 2 : 10),
  idle: (folders, { quick }) => idle(folders, quick ? 5 : 30),
  commands: (folders, { quick }) => commands(folders, quick ? 2 : 10),
}

const { values, words } = commandLine(
  usage,
  { quick: { type: 'boolean', default: false } },
  Object.keys(parts),
)
need(checkKafka)
const { quick } = values
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'millrace-bench-start-'))
try {
  const project = path.join(folder, 'project')
  writeAvroProject(project)
  let runs = 0
  const data = () => path.join(folder, `data-${runs++}`)
  for (const [name, run] of Object.entries(parts)) {
    if (words.length > 0 && !words.includes(name)) continue
    const rows = await run({ project, data }, { quick })
    const file = writeResults(quick ? 'start-quick' : 'start', name, rows)
    process.stdout.write(`\n${table(rows, 'Kafka')}\n\nWritten to ${file}\n\n`)
  }
} finally {
  fs.rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
}
