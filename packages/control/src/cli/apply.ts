import { Command } from 'commander'
import { applyProject } from '../api/client.js'
import type { ApplyView, ChangeView } from '../api/types.js'
import { findRunning, projectOption, urlOf } from './running.js'
import { countText, table, terminal } from './terminal.js'

interface ApplyOptions {
  project: string
  dryRun?: boolean
  json?: boolean
}

/** `millrace apply` */
export function applyCommand(): Command {
  return new Command('apply')
    .summary('have the platform that runs follow the files of its project')
    .description(
      "Tells what changed in a project's files since the platform that runs it has read them, and has what can change while it runs take effect: topics, schemas, mappings of raw topics, boards. The rest waits for the next start. Where something is refused, nothing is changed.",
    )
    .addOption(projectOption())
    .option('--dry-run', 'tell what would happen, and change nothing')
    .option('--json', 'print the changes as one JSON document')
    .addHelpText(
      'after',
      `
Examples:
  $ millrace apply --dry-run
  $ millrace apply -C shop

The exit code is 1 when something is refused.`,
    )
    .action(apply)
}

async function apply(options: ApplyOptions): Promise<void> {
  const url = urlOf(findRunning(options.project), 'console')
  const view = await applyProject(url, { dryRun: options.dryRun === true })
  if (options.json) terminal.json(view)
  else terminal.out(applyText(view))
  if (view.changes.some(({ effect }) => effect === 'refused')) process.exitCode = 1
}

/** What changed, one line each, and what came of it. */
export function applyText({ dryRun, changes }: ApplyView): string {
  if (changes.length === 0) return 'Nothing has changed.'
  const rows = changes.map(({ file, effect, change }) => [effect, file, change])
  const count = (wanted: ChangeView['effect']) => {
    return changes.filter(({ effect }) => effect === wanted).length
  }
  const [now, restart, refused] = [count('now'), count('restart'), count('refused')]
  const told =
    refused > 0
      ? [`${countText(refused)} refused; nothing was changed`]
      : [
          `${countText(now)} ${dryRun ? 'would take effect now' : 'took effect'}`,
          ...(restart > 0 ? [`${countText(restart)} at the next start`] : []),
        ]
  return `${table(['when', 'file', 'change'], rows)}\n${told.join(', ')}`
}
