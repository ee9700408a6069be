import { Command } from 'commander'
import { resendExceptions } from '../api/client.js'
import type { ResendView } from '../api/types.js'
import { addFilterOptions, asOption, type FilterOptions, filtersOf } from './exception-options.js'
import { stoppedText } from './exceptions-text.js'
import { findRunning, projectOption, urlOf } from './running.js'
import { countText, table, terminal } from './terminal.js'

interface ResendOptions extends FilterOptions {
  project: string
  dryRun?: boolean
  json?: boolean
}

/** `millrace exceptions resend` */
export function exceptionsResendCommand(): Command {
  const command = new Command('resend')
    .summary('send them through the check again')
    .description(
      'Sends exceptions through the check again, after a schema or a mapping was mended: those that fit now are stored, each once; the others stay, with the reason that they have now.',
    )
    .argument('[ids...]', 'those with these ids; without any, those that the options find')
  return addFilterOptions(command, 'send so many at most (1000)')
    .addOption(projectOption())
    .option('--dry-run', 'tell what would happen, and send nothing')
    .option('--json', 'print what became of each as one JSON document')
    .addHelpText(
      'after',
      `
Examples:
  $ millrace exceptions resend --topic orders --dry-run
  $ millrace exceptions resend --field price --since 2h
  $ millrace exceptions resend orders.exceptions:0:12 orders.exceptions:0:15

What was sent is not sent again by the next call. The exit code is 1 when one still does not fit.`,
    )
    .action(resend)
}

async function resend(ids: string[], options: ResendOptions): Promise<void> {
  const url = urlOf(findRunning(options.project), 'console')
  const asked = {
    ...filtersOf(options),
    ...(ids.length > 0 && { ids }),
    ...(options.dryRun && { dryRun: true }),
  }
  const view = await resendExceptions(url, asked).catch((cause: unknown) => {
    throw asOption(cause)
  })
  if (options.json) terminal.json(view)
  else terminal.out(resendText(view))
  if (view.more) terminal.err('There are older ones; send again for those.')
  if (view.stoppedAt !== undefined) terminal.err(stoppedText(view.read, view.stoppedAt))
  if (view.refused > 0) process.exitCode = 1
}

function resendText({ dryRun, resent, refused, items }: ResendView): string {
  const before = items.length - resent - refused
  const counts = [
    `${countText(resent)} ${dryRun ? 'would fit' : 'resent'}`,
    `${countText(refused)} ${dryRun ? 'would not' : 'still do not fit'}`,
    ...(before > 0 ? [`${countText(before)} resent before`] : []),
  ].join(', ')
  const rows = items
    .filter(({ outcome }) => outcome === 'refused')
    .map(({ id, topic, field, reason, event }) => [id, topic, field, reason, event])
  if (rows.length === 0) return counts
  return `${table(['id', 'topic', 'field', 'reason', 'event'], rows)}\n\n${counts}`
}
