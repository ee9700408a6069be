import { Command } from 'commander'
import { askPlatform } from '../api/client.js'
import { operatorTable, watermarkText } from './operators.js'
import { findRunning, projectOption, urlOf } from './running.js'
import { countText, table, terminal } from './terminal.js'

interface JobsOptions {
  project: string
  json?: boolean
  operators?: boolean
}

/** `millrace jobs` */
export function jobsCommand(): Command {
  return new Command('jobs')
    .summary('list the pipelines that run')
    .description('Lists the pipelines that run: status, records, rates, watermark, lag.')
    .addOption(projectOption())
    .option('--json', 'print them, with their operators, as a JSON array')
    .option('--operators', 'list the sources, operators and sinks of each too')
    .addHelpText(
      'after',
      `
Examples:
  $ millrace jobs
  $ millrace jobs --operators
  $ millrace jobs --json -C examples/rides`,
    )
    .action(jobs)
}

async function jobs(options: JobsOptions): Promise<void> {
  const run = findRunning(options.project)
  const view = await askPlatform(urlOf(run, 'console'))
  const stages = view.stages.filter((stage) => stage.kind === 'job')
  if (options.json) {
    terminal.json(stages)
    return
  }
  if (stages.length === 0) {
    terminal.out('The project has no pipelines yet: write one into the folder pipelines.')
    return
  }
  const headings = ['job', 'status', 'in', 'in/s', 'out', 'late', 'lag', 'watermark']
  const rows = stages.map((stage) => [
    stage.name,
    stage.status,
    countText(stage.recordsIn),
    stage.recordsInPerSecond.toFixed(1),
    countText(stage.recordsOut),
    countText(stage.late ?? 0),
    stage.lag === undefined ? null : countText(stage.lag),
    watermarkText(stage.watermark),
  ])
  terminal.out(table(headings, rows))
  for (const { name, operators } of options.operators ? stages : []) {
    if (operators !== undefined) terminal.out(`\n${name}\n${operatorTable(operators)}`)
  }
  for (const { name, status, reason } of stages) {
    if (reason === undefined) continue
    terminal.out(`\n${name}${status === 'running' ? ' ended before' : ''}: ${reason}`)
  }
}
