import { Command } from 'commander'
import { askException } from '../api/client.js'
import type { ExceptionDetail } from '../api/types.js'
import { asOption } from './exception-options.js'
import { findRunning, projectOption, urlOf } from './running.js'
import { terminal } from './terminal.js'

/** `millrace exceptions show ID` */
export function exceptionsShowCommand(): Command {
  return new Command('show')
    .summary('print one whole')
    .description('Prints an exception with its whole original and all that is known of it.')
    .argument('<id>', 'as the list tells it: TOPIC:PARTITION:OFFSET')
    .addOption(projectOption())
    .option('--json', 'print it as one JSON document')
    .addHelpText(
      'after',
      `
Examples:
  $ millrace exceptions show orders.exceptions:0:12
  $ millrace exceptions show orders.exceptions:0:12 --json`,
    )
    .action(show)
}

async function show(id: string, options: { project: string; json?: boolean }): Promise<void> {
  const url = urlOf(findRunning(options.project), 'console')
  const found = await askException(url, id).catch((cause: unknown) => {
    throw asOption(cause)
  })
  if (options.json) terminal.json(found)
  else terminal.out(detailText(found))
}

function detailText(detail: ExceptionDetail): string {
  const lines = [terminal.style('bold', detail.id)]
  const say = (what: string, value: string | undefined) => {
    if (value !== undefined && value !== '') lines.push(`  ${what.padEnd(12)}${value}`)
  }
  const { from, sent, first } = detail
  const isSame = first.reason === detail.reason && first.field === detail.field
  say('topic', detail.topic)
  say('status', detail.status)
  say('field', detail.field)
  say('reason', detail.reason)
  if (!isSame)
    say('at first', first.field === '' ? first.reason : `${first.field}: ${first.reason}`)
  say('refused', detail.time)
  say('received', detail.receivedAt)
  say('checked', detail.checkedAt)
  say('sent', sent && `${sent.id} in ${sent.topic}`)
  say('event', detail.event)
  say('source', detail.source)
  say('key', detail.key)
  say('from', from && `${from.topic}, partition ${from.partition}, offset ${from.offset}`)
  if (detail.bytes !== undefined) say('bytes', detail.bytes)
  else lines.push('', detail.original === '' ? '(the original was not kept)' : detail.original)
  return lines.join('\n')
}
