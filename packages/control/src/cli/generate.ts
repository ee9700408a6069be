import { realHost } from '@millrace/host'
import { Command } from 'commander'
import { controlErrors } from '../errors.js'
import type { TopicValues } from '../generate/topic-values.js'
import type { Values } from '../generate/values.js'
import { eventsPerPostMax, pacedPostEveryMs } from '../limits.js'
import { interruptSignal } from './interrupt.js'
import { Progress } from './progress.js'
import { findRunning, urlOf } from './running.js'
import { schemaProjectOption } from './schema-baseline.js'
import { countText, terminal } from './terminal.js'

interface GenerateOptions {
  project: string
  rate?: string
  count?: string
  seed: string
  at?: string
  invalid: string
  print?: boolean
  json?: boolean
}

/** Where neither a count nor a rate is said. */
const countDefault = 100

/** `millrace generate TOPIC` */
export function generateCommand(): Command {
  return new Command('generate')
    .summary('send made-up events to a topic')
    .description(
      "Makes up events that fit a topic's schema, and sends them through the gateway, which checks them as any other. Those of a raw topic are such that its mapping makes events of them that fit.",
    )
    .argument('<topic>')
    .option('--count <n>', `how many (default: ${countDefault}; with --rate until Ctrl-C)`)
    .option('--rate <n>', 'how many a second (default: as fast as they are taken)')
    .option('--seed <n>', 'the same seed makes up the same events', '1')
    .option('--at <time>', 'when it is, instead of now: RFC 3339')
    .option('--invalid <share>', 'make some that do not fit: 0.05 is one of twenty', '0')
    .option('--print', 'print them, a JSON object a line, and send nothing')
    .addOption(schemaProjectOption())
    .option('--json', 'print the counts as a JSON document')
    .addHelpText(
      'after',
      `
Examples:
  $ millrace generate orders --count 1000
  $ millrace generate orders --rate 50
  $ millrace generate orders --count 5 --seed 7 --at 2026-01-04T12:00:00Z --print
  $ millrace generate orders.raw --count 200 --invalid 0.05

Times are near now, amounts look like amounts. The exit code is 1 when an event was refused that
was to fit.`,
    )
    .action(generate)
}

async function generate(topic: string, options: GenerateOptions): Promise<void> {
  const rate = options.rate === undefined ? undefined : numberOf('rate', options.rate, 0.01)
  const seed = numberOf('seed', options.seed, 0, true)
  const given = options.count === undefined ? undefined : numberOf('count', options.count, 1, true)
  const endless = rate === undefined ? countDefault : Number.POSITIVE_INFINITY
  const pace: Pace = { count: given ?? endless, rate, at: startOf(options.at) }
  const invalid = shareOf('invalid', options.invalid)
  const { loadTopics } = await import('../project/project.js')
  const { TopicValues } = await import('../generate/topic-values.js')
  const { topics } = loadTopics(realHost.disk, options.project)
  const values = new TopicValues(topics, topic, { seed, invalid })
  if (options.print) await print(values, pace)
  else await send(topic, values, pace, options)
}

interface Pace {
  count: number
  rate: number | undefined
  at: number | undefined
}

async function print(values: Values, pace: Pace): Promise<void> {
  const signal = interruptSignal()
  for await (const batch of batches(values, pace, signal)) {
    for (const value of batch) terminal.out(JSON.stringify(value))
    // Whoever reads may be slower than we write.
    if (process.stdout.writableNeedDrain) {
      await new Promise((resolve) => process.stdout.once('drain', resolve))
    }
  }
}

async function send(
  topic: string,
  values: TopicValues,
  pace: Pace,
  options: GenerateOptions,
): Promise<void> {
  const { postEvents } = await import('../events/post.js')
  const url = urlOf(findRunning(options.project), 'gateway')
  const progress = new Progress(realHost.clock)
  const of = Number.isFinite(pace.count) ? ` of ${countText(pace.count)}` : ''
  let accepted = 0
  const reasons = new Map<string, number>()
  const refused = () => [...reasons.values()].reduce((sum, count) => sum + count, 0)
  for await (const batch of batches(values, pace, interruptSignal())) {
    const { refusals } = await postEvents(
      url,
      topic,
      batch.map((value) => JSON.stringify(value)),
    )
    accepted += batch.length - refusals.length
    for (const { reason } of refusals) reasons.set(reason, (reasons.get(reason) ?? 0) + 1)
    progress.show(`${countText(accepted + refused())}${of} events`)
  }
  progress.end()
  if (options.json) {
    const refusals = [...reasons].map(([reason, count]) => ({ reason, count }))
    terminal.json({ topic, accepted, refused: refused(), refusals })
  } else {
    for (const [reason, count] of reasons) terminal.err(`${countText(count)} refused: ${reason}`)
    terminal.out(`${countText(accepted)} accepted, ${countText(refused())} refused`)
  }
  if (refused() > values.spoilt) process.exitCode = 1
}

/** Events as they are due, together where several are. Ends at the count, or at the signal. */
async function* batches(
  values: Values,
  { count, rate, at }: Pace,
  signal: AbortSignal,
): AsyncGenerator<unknown[]> {
  const { clock } = realHost
  const startedAt = clock.monotonic()
  let position = 0
  while (position < count && !signal.aborted) {
    const elapsed = (clock.monotonic() - startedAt) / 1_000
    const due = rate === undefined ? count : Math.min(count, Math.floor(elapsed * rate) + 1)
    const end = Math.min(due, position + eventsPerPostMax)
    const batch: unknown[] = []
    for (; position < end; position++) {
      const later = rate === undefined ? 0 : (position * 1_000) / rate
      batch.push(values.next({ position, now: at === undefined ? clock.now() : at + later }))
    }
    if (batch.length > 0) yield batch
    if (position >= due && position < count) {
      await clock.sleep(pacedPostEveryMs, signal).catch(() => {})
    }
  }
}

function numberOf(option: string, text: string, least: number, isWhole = false): number {
  const value = Number(text)
  const isRight = text.trim() !== '' && Number.isFinite(value) && value >= least
  if (isRight && (!isWhole || Number.isSafeInteger(value))) return value
  const what = isWhole ? 'a whole number' : 'a number'
  throw controlErrors.badOption(`--${option}: \`${text}\` is not ${what} from ${least}.`)
}

function shareOf(option: string, text: string): number {
  const share = Number(text)
  if (text.trim() !== '' && share >= 0 && share <= 1) return share
  throw controlErrors.badOption(`--${option}: \`${text}\` is not a share from 0 to 1.`)
}

function startOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const time = Date.parse(text)
  if (!Number.isNaN(time)) return time
  throw controlErrors.badOption(`--at: \`${text}\` is not a time like 2026-01-04T12:00:00Z.`)
}
