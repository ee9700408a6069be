import { Command } from 'commander'
import { askTopics } from '../api/client.js'
import { mainCluster } from '../project/cluster.js'
import { findRunning, projectOption, urlOf } from './running.js'
import { countText, table, terminal } from './terminal.js'

interface TopicsOptions {
  project: string
  internal?: boolean
  json?: boolean
}

/** `millrace topics` */
export function topicsCommand(): Command {
  return new Command('topics')
    .summary('list the topics of the log')
    .description(
      'Lists the topics of the log, with their partitions and how many records were written.',
    )
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
  const found = await askTopics(urlOf(run, 'console'), options.internal === true)
  if (options.json) {
    terminal.json(found)
    return
  }
  const several = found.some(({ cluster }) => cluster !== mainCluster)
  const rows = found.map(({ name, cluster, partitions, records }) => {
    return [name, ...(several ? [cluster] : []), partitions, countText(records)]
  })
  terminal.out(table(['topic', ...(several ? ['cluster'] : []), 'partitions', 'records'], rows))
}
