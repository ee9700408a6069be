import { Command } from 'commander'
import { askTopics } from '../api/client.js'
import type { TopicView } from '../api/types.js'
import { controlErrors } from '../errors.js'
import { mainCluster } from '../project/cluster.js'
import { suggestion } from '../project/spelling.js'
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
    .summary('list the topics of the log, and whose they are')
    .description(
      'Lists the topics of the log, with their partitions, how many records were written, and whose they are; of one topic all that the project says.',
    )
    .argument('[topic]')
    .addOption(projectOption())
    .option('--internal', 'also list those that the platform keeps for itself')
    .option('--json', 'print them as a JSON array')
    .addHelpText(
      'after',
      `
Examples:
  $ millrace topics
  $ millrace topics orders
  $ millrace topics --json`,
    )
    .action(topics)
}

async function topics(topic: string | undefined, options: TopicsOptions): Promise<void> {
  const run = findRunning(options.project)
  const internal = options.internal === true || topic !== undefined
  const found = await askTopics(urlOf(run, 'console'), internal)
  if (topic !== undefined) {
    const named = found.filter(({ name }) => name === topic)
    if (named.length === 0) {
      const names = found.map(({ name }) => name).filter((name) => !name.startsWith('_'))
      throw controlErrors.topicUnknown(topic, suggestion(topic, names) ?? '')
    }
    if (options.json) terminal.json(named)
    else for (const view of named) terminal.out(topicText(view))
    return
  }
  if (options.json) {
    terminal.json(found)
    return
  }
  const several = found.some(({ cluster }) => cluster !== mainCluster)
  const rows = found.map(({ name, cluster, partitions, records, metadata }) => {
    const whose = [metadata?.owner, metadata?.tier]
    return [name, ...(several ? [cluster] : []), partitions, countText(records), ...whose]
  })
  const headings = ['topic', ...(several ? ['cluster'] : []), 'partitions', 'records']
  terminal.out(table([...headings, 'owner', 'tier'], rows))
}

function topicText({ name, cluster, partitions, records, metadata }: TopicView): string {
  const place = cluster === mainCluster ? '' : ` on ${cluster}`
  const lines = [terminal.style('bold', `${name}${place}`)]
  if (metadata?.description !== undefined) lines.push(metadata.description)
  const say = (what: string, value: string | undefined) => {
    if (value !== undefined && value !== '') lines.push(`  ${what.padEnd(12)}${value}`)
  }
  say('owner', metadata?.owner)
  say('tier', metadata?.tier)
  say('consumers', metadata?.consumers.join(', '))
  say('read by', listText(metadata?.readBy))
  say('written by', listText(metadata?.writtenBy))
  say('schema', metadata?.schema && `${metadata.schema.name} (schemas/${metadata.schema.file})`)
  say('key', metadata?.key)
  say('id', metadata?.id)
  say('time', metadata?.time)
  say('exceptions', metadata?.exceptions)
  say('becomes', metadata?.becomes)
  say('partitions', countText(partitions))
  say('records', countText(records))
  return lines.join('\n')
}

/** `the pipeline sales, the table sales` */
function listText(of: { pipelines: string[]; tables?: string[] } | undefined): string | undefined {
  const pipelines = of?.pipelines.map((name) => `the pipeline ${name}`) ?? []
  return [...pipelines, ...(of?.tables?.map((name) => `the table ${name}`) ?? [])].join(', ')
}
