import { realHost } from '@millrace/host'
import { Command, Option } from 'commander'
import { askExceptions } from '../api/client.js'
import type { ExceptionsView, ExceptionView } from '../api/types.js'
import { controlErrors } from '../errors.js'
import { exceptionsListedMax, followEveryMs } from '../limits.js'
import { addFilterOptions, asOption, type FilterOptions, filtersOf } from './exception-options.js'
import { exceptionsResendCommand } from './exceptions-resend.js'
import { exceptionsShowCommand } from './exceptions-show.js'
import { stoppedText } from './exceptions-text.js'
import { interruptSignal } from './interrupt.js'
import { findRunning, projectOption, urlOf } from './running.js'
import { table, terminal } from './terminal.js'

interface ExceptionsOptions extends FilterOptions {
  project: string
  status?: string
  follow?: boolean
  json?: boolean
}

/** `millrace exceptions` */
export function exceptionsCommand(): Command {
  const command = new Command('exceptions')
    .summary('events that did not fit: list, show, resend')
    .description(
      'Lists the events that did not fit their schema, the newest first, with the reason; `show` prints one, `resend` sends them again.',
    )
    .helpCommand(false)
  addFilterOptions(command, 'list so many at most (50)')
    .addOption(
      new Option(
        '--status <status>',
        'those that wait, those that fit since, or all (open)',
      ).choices(['open', 'resent', 'all']),
    )
    .addOption(projectOption())
    .option('--follow', 'print those that come, until Ctrl-C')
    .option('--json', 'print them as one JSON document; with --follow one a line')
    .addHelpText(
      'after',
      `
Examples:
  $ millrace exceptions --topic orders --since 2h
  $ millrace exceptions --field price --reason "expected double"
  $ millrace exceptions --keyword till-7 --json
  $ millrace exceptions show orders.exceptions:0:12
  $ millrace exceptions resend --topic orders --dry-run`,
    )
    .action(exceptions)
    .hook('preSubcommand', refuseEarlyOptions)
  for (const each of [exceptionsShowCommand(), exceptionsResendCommand()]) {
    command.addCommand(each)
  }
  return command
}

/**
 * Options before the name of one of its commands would be those of the list, and say nothing to the
 * command: `--topic orders resend` would send all topics' again.
 */
function refuseEarlyOptions(command: Command, next: Command): void {
  const early = command.options.find(
    (option) => command.getOptionValueSource(option.attributeName()) === 'cli',
  )
  if (early === undefined) return
  const name = next.name()
  throw controlErrors.badOption(`\`${early.long}\` must stand behind \`${name}\`, not before it.`)
}

async function exceptions(options: ExceptionsOptions): Promise<void> {
  const url = urlOf(findRunning(options.project), 'console')
  const { status } = options
  const parameters = { ...filtersOf(options), ...(status === undefined ? {} : { status }) }
  if (options.follow) return follow(url, parameters, options.json === true)
  const view = await ask(url, parameters)
  if (options.json) terminal.json(view)
  else terminal.out(listText(view))
  if (view.stoppedAt !== undefined) terminal.err(stoppedText(view.read, view.stoppedAt))
}

async function ask(url: string, parameters: Record<string, string>): Promise<ExceptionsView> {
  return askExceptions(url, parameters).catch((cause: unknown) => {
    throw asOption(cause)
  })
}

const originalCharsListed = 60

function listText({ exceptions: found }: ExceptionsView): string {
  if (found.length === 0) return 'There are no such exceptions.'
  const rows = found.map(({ id, time, topic, field, reason, event, status, original }) => {
    const told = status === 'resent' ? `(resent) ${reason}` : reason
    return [id, time, topic, field, told, event, startOf(original)]
  })
  return table(['id', 'time', 'topic', 'field', 'reason', 'event', 'original'], rows)
}

function startOf(original: string): string {
  const line = original.replace(/\s+/g, ' ')
  return line.length > originalCharsListed ? `${line.slice(0, originalCharsListed)}…` : line
}

/** What is refused while a transaction is under way may be seen after what was refused later. */
const overlapMs = 10_000

async function follow(
  url: string,
  parameters: Record<string, string>,
  isJson: boolean,
): Promise<void> {
  const { clock } = realHost
  const signal = interruptSignal()
  const limit = String(exceptionsListedMax)
  const tell = (found: readonly ExceptionView[]) => {
    for (const each of found) terminal.out(isJson ? JSON.stringify(each) : lineOf(each))
  }
  let from = clock.now() - overlapMs
  const { since = new Date(from).toISOString() } = parameters
  const { exceptions: first } = await ask(url, { ...parameters, since, limit })
  if (parameters.since !== undefined) tell([...first].reverse())
  if (!isJson) terminal.err('Waiting for events that do not fit.')
  const seen = new Map(first.map(({ id, time }) => [id, Date.parse(time)]))
  for (;;) {
    await clock.sleep(followEveryMs, signal).catch(() => {})
    if (signal.aborted) return
    const later = { ...parameters, since: new Date(from).toISOString(), limit }
    const { exceptions: found } = await ask(url, later)
    const fresh = found.filter(({ id }) => !seen.has(id)).reverse()
    tell(fresh)
    for (const { id, time } of fresh) {
      seen.set(id, Date.parse(time))
      from = Math.max(from, Date.parse(time) - overlapMs)
    }
    for (const [id, time] of seen) if (time < from) seen.delete(id)
  }
}

function lineOf({ id, time, topic, field, reason, original }: ExceptionView): string {
  const where = field === '' ? topic : `${topic} ${field}`
  return `${time}  ${id}  ${where}: ${reason}  ${startOf(original)}`
}
