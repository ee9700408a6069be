import { Command } from 'commander'
import { askQuery } from '../api/query.js'
import { findRunning, projectOption, urlOf } from './running.js'
import { countText, table, terminal } from './terminal.js'

interface SqlOptions {
  project: string
  json?: boolean
}

/** `millrace sql "SELECT …"` */
export function sqlCommand(): Command {
  return new Command('sql')
    .summary('ask the fresh tables')
    .description('Asks the fresh tables of the platform that runs, in SQL, and prints the answer.')
    .argument('<query>', 'one SELECT')
    .addOption(projectOption())
    .option('--json', 'print the rows as a JSON array of objects')
    .addHelpText(
      'after',
      `
Examples:
  $ millrace sql "SELECT * FROM area_surge ORDER BY surge DESC LIMIT 10"
  $ millrace sql --json "SELECT count(*) AS rows FROM area_surge"`,
    )
    .action(sql)
}

async function sql(query: string, options: SqlOptions): Promise<void> {
  const run = findRunning(options.project)
  const answer = await askQuery(urlOf(run, 'query'), query)
  const names = answer.columns.map((column) => column.name)
  if (options.json) {
    const rows = answer.rows.map((row) =>
      Object.fromEntries(row.map((value, column) => [names[column], value])),
    )
    terminal.json(rows)
    return
  }
  terminal.out(table(names, answer.rows))
  const rows = answer.rowCount === 1 ? '1 row' : `${countText(answer.rowCount)} rows`
  terminal.out(terminal.style('dim', `${rows} in ${answer.elapsedMs.toFixed(1)} ms`))
}
