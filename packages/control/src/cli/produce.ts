import { realHost } from '@millrace/host'
import { Command } from 'commander'
import { eventsPerPostMax } from '../limits.js'
import { findRunning, projectOption, urlOf } from './running.js'
import { countText, terminal } from './terminal.js'

interface ProduceOptions {
  project: string
  file?: string
  json?: boolean
}

/** `millrace produce TOPIC` */
export function produceCommand(): Command {
  return new Command('produce')
    .summary('send events to a topic')
    .description('Sends events to a topic through the gateway: one JSON object a line.')
    .argument('<topic>')
    .option('--file <file>', 'read the events from a file instead of standard input')
    .addOption(projectOption())
    .option('--json', 'print the counts and the refusals as one JSON document')
    .addHelpText(
      'after',
      `
Examples:
  $ echo '{"order_id": 9, "item": "tea", "price": 3.5, "ordered_at": 1767520800000}' \\
      | millrace produce orders
  $ millrace produce orders --file orders.ndjson

The exit code is 1 when an event was refused.`,
    )
    .action(produce)
}

async function produce(topic: string, options: ProduceOptions): Promise<void> {
  const { postEvents } = await import('../events/post.js')
  const run = findRunning(options.project)
  let accepted = 0
  let lineNumber = 0
  const refusals: { line: number; reason: string }[] = []
  let pending: { line: number; value: string }[] = []
  const flush = async () => {
    if (pending.length === 0) return
    const values = pending.map((event) => event.value)
    const answer = await postEvents(urlOf(run, 'gateway'), topic, values)
    accepted += values.length - answer.refusals.length
    for (const { index, reason } of answer.refusals) {
      refusals.push({ line: pending[index]?.line ?? 0, reason })
    }
    pending = []
  }
  for await (const line of readLines(options.file)) {
    lineNumber++
    if (line.trim() === '') continue
    const reason = notJson(line)
    if (reason !== undefined) refusals.push({ line: lineNumber, reason })
    else pending.push({ line: lineNumber, value: line.trim() })
    if (pending.length === eventsPerPostMax) await flush()
  }
  await flush()
  refusals.sort((one, other) => one.line - other.line)
  if (options.json) {
    terminal.json({ topic, accepted, refused: refusals.length, refusals })
  } else {
    for (const { line, reason } of refusals) terminal.err(`line ${line}: refused: ${reason}`)
    terminal.out(`${countText(accepted)} accepted, ${countText(refusals.length)} refused`)
  }
  if (refusals.length > 0) process.exitCode = 1
}

/** Why a line is no JSON; undefined where it is. */
function notJson(line: string): string | undefined {
  try {
    JSON.parse(line)
    return undefined
  } catch (cause) {
    return `it is not JSON: ${cause instanceof Error ? cause.message : String(cause)}`
  }
}

async function* readLines(file: string | undefined): AsyncGenerator<string> {
  let rest = ''
  for await (const chunk of file === undefined ? process.stdin : [realHost.disk.readFile(file)]) {
    const lines = (rest + chunk.toString('utf8')).split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
  if (rest !== '') yield rest
}
