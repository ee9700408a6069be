import { controlErrors } from '../errors.js'
import { mainCluster } from '../project/cluster.js'
import type { Project } from '../project/project.js'
import { suggestion } from '../project/spelling.js'
import type { TopicSpec } from '../project/topic.js'
import type { Platform } from '../supervise/platform.js'
import type { TopicMetadata, TopicView } from './types.js'

/** The broker's own count of each topic; those that the platform keeps for itself begin with `_`. */
export async function listTopics(platform: Platform, internal: boolean): Promise<TopicView[]> {
  const topics = await platform.broker.persist((link) => link.call('topics'))
  return topics
    .filter(({ name }) => internal || !name.startsWith('_'))
    .map(({ name, cluster, partitions, records }) => {
      const spec = platform.project.topics.find(
        (each) => each.name === name && each.cluster === cluster,
      )
      const metadata = spec && { metadata: metadataOf(platform.project, spec) }
      return { name, cluster, partitions, records, ...metadata }
    })
    .sort((a, b) => a.name.localeCompare(b.name))
}

/** What the project says of a topic. Throws TOPIC_UNKNOWN where it says nothing. */
export function topicMetadata(project: Project, name: string): TopicMetadata {
  const spec = project.topics.find((topic) => topic.name === name)
  if (spec !== undefined) return metadataOf(project, spec)
  const names = project.topics.map((topic) => topic.name)
  const write = `Write topics/${name}.yaml to say something of it.`
  throw controlErrors.topicUnknown(name, suggestion(name, names) ?? write)
}

function metadataOf(project: Project, spec: TopicSpec): TopicMetadata {
  const { name, tier, consumers, description, owner, schema, key, id, time, exceptions } = spec
  const { raw, becomes } = spec
  // Pipelines and tables work on the main cluster.
  const isMain = spec.cluster === mainCluster
  const pipelines = (of: 'sources' | 'sinks') =>
    project.pipelines.filter((each) => isMain && each[of].includes(name)).map((each) => each.name)
  const tables = project.tables.filter((table) => isMain && table.topic === name)
  return {
    ...(description === undefined ? {} : { description }),
    ...(owner === undefined ? {} : { owner }),
    tier,
    consumers,
    readBy: { pipelines: pipelines('sources'), tables: tables.map((table) => table.name) },
    writtenBy: { pipelines: pipelines('sinks') },
    ...(schema === undefined ? {} : { schema: { file: schema.file, name: schema.name } }),
    ...(key === undefined ? {} : { key }),
    ...(id === undefined ? {} : { id }),
    ...(time === undefined ? {} : { time }),
    ...(exceptions === undefined ? {} : { exceptions }),
    ...(raw && { raw }),
    ...(becomes === undefined ? {} : { becomes: becomes.topic }),
  }
}
