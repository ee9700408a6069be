import { realHost } from '@millrace/host'
import { Command, Option } from 'commander'
import { controlErrors } from '../errors.js'
import {
  type AgainstOptions,
  againstOption,
  baselineOf,
  registryOption,
  schemaProjectOption,
} from './schema-baseline.js'
import { terminal } from './terminal.js'

/** As the registry names them; a registry that is asked goes by its own. */
const levels = [...['BACKWARD', 'FORWARD', 'FULL', 'NONE', 'APPEND_WITH_DEFAULTS']] as const

interface CheckOptions extends AgainstOptions {
  level?: (typeof levels)[number]
  format: 'text' | 'markdown' | 'json'
  json?: boolean
}

/** `millrace schema check` */
export function schemaCheckCommand(): Command {
  return new Command('check')
    .summary('tell whether a change of a schema breaks something')
    .description(
      'Tells whether the schemas of a project may take the place of older ones: whether what was written can still be read.',
    )
    .addOption(schemaProjectOption())
    .addOption(againstOption())
    .addOption(registryOption())
    .addOption(
      new Option(
        '--level <level>',
        'who must read whom, with --against (BACKWARD); a registry knows its own',
      ).choices(levels),
    )
    .addOption(
      new Option('--format <format>', 'how it is told; markdown for a pull request')
        .choices(['text', 'markdown', 'json'])
        .default('text'),
    )
    .option('--json', 'short for --format json')
    .addHelpText(
      'after',
      `
Examples:
  $ millrace schema check                               before it is registered
  $ millrace schema check --against origin/main --format markdown

The exit code is 1 when something breaks.`,
    )
    .action(check)
}

async function check(options: CheckOptions): Promise<void> {
  const { loadSchemas } = await import('../schemas/project-schemas.js')
  const { verdicts } = await import('../schemas/verdict.js')
  const { reportMarkdown, reportText } = await import('../schemas/report.js')
  const { level = 'BACKWARD', against } = options
  if (options.level !== undefined && against === undefined) {
    throw controlErrors.badOption(
      '--level goes with --against: a registry has a level for each subject.',
    )
  }
  const { schemas } = loadSchemas(realHost.disk, options.project)
  const baseline = await baselineOf(options)
  const found = await verdicts(schemas, baseline, level)
  const breaks = found.filter(({ status }) => status === 'breaks').length
  if (options.json || options.format === 'json') {
    terminal.json({ against: baseline.name, ok: breaks === 0, schemas: found })
  } else if (options.format === 'markdown') {
    terminal.out(reportMarkdown(found, baseline.name))
  } else {
    terminal.out(reportText(found, baseline.name, 'verdicts'))
  }
  if (breaks > 0) process.exitCode = 1
}
