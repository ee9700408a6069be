import { realHost } from '@millrace/host'
import { Command } from 'commander'
import { localHost } from '../supervise/ports.js'
import { findRunning, projectOption } from './running.js'
import { table, terminal } from './terminal.js'

interface TopicsOptions {
  project: string
  internal?: boolean
  json?: boolean
}

/** `millrace topics` */
export function topicsCommand(): Command {
  return new Command('topics')
    .summary('list the topics of the log')
    .description('Lists the topics of the log, with their partitions and how much they hold.')
    .addOption(projectOption())
    .option('--internal', 'also list those that the platform keeps for itself')
    .option('--json', 'print them as a JSON array')
    .addHelpText(
      'after',
      `
Examples:
  $ millrace topics
  $ millrace topics --json`,
    )
    .action(topics)
}

async function topics(options: TopicsOptions): Promise<void> {
  const run = findRunning(options.project)
  const { LogClient } = await import('@millrace/log')
  const { countRecords } = await import('../events/counts.js')
  const bootstrap = `${localHost}:${run.ports.kafka}`
  const client = await LogClient.connect({ host: realHost, bootstrap, clientId: 'millrace-topics' })
  try {
    const shown = (await client.topics()).filter(
      ({ name }) => options.internal || !name.startsWith('_'),
    )
    const found = await Promise.all(
      shown.map(async ({ name, partitions }) => {
        return { name, partitions, offsets: await countRecords(client, name) }
      }),
    )
    found.sort((a, b) => a.name.localeCompare(b.name))
    if (options.json) terminal.json(found)
    else {
      const rows = found.map(({ name, partitions, offsets }) => [name, partitions, offsets])
      terminal.out(table(['topic', 'partitions', 'offsets'], rows))
    }
  } finally {
    await client.close()
  }
}
