import { realHost } from '@millrace/host'
import { Command } from 'commander'
import {
  type AgainstOptions,
  againstOption,
  baselineOf,
  registryOption,
  schemaProjectOption,
} from './schema-baseline.js'
import { terminal } from './terminal.js'

/** `millrace schema diff` */
export function schemaDiffCommand(): Command {
  return new Command('diff')
    .summary('tell which fields came, went, changed')
    .description('Tells in words how the schemas of a project differ from older ones.')
    .addOption(schemaProjectOption())
    .addOption(againstOption())
    .addOption(registryOption())
    .option('--json', 'print the differences as a JSON array')
    .addHelpText(
      'after',
      `
Examples:
  $ millrace schema diff                      what is not registered yet
  $ millrace schema diff --against HEAD       what is not committed yet
  $ millrace schema diff --against ../other`,
    )
    .action(diff)
}

async function diff(options: AgainstOptions & { json?: boolean }): Promise<void> {
  const { loadSchemas } = await import('../schemas/project-schemas.js')
  const { verdicts } = await import('../schemas/verdict.js')
  const { reportText } = await import('../schemas/report.js')
  const { schemas } = loadSchemas(realHost.disk, options.project)
  const baseline = await baselineOf(options)
  const found = await verdicts(schemas, baseline, 'NONE')
  const differing = found.map(({ breaks: _, ...rest }) => ({
    ...rest,
    status: rest.status === 'breaks' || rest.status === 'compatible' ? 'changed' : rest.status,
  }))
  if (options.json) {
    terminal.json(differing.filter(({ status }) => status !== 'same'))
    return
  }
  const shown = found.map((verdict) => ({ ...verdict, breaks: [] }))
  terminal.out(reportText(shown, baseline.name, 'differences'))
}
