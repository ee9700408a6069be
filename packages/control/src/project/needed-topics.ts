import { topicPartitionsDefault } from '../limits.js'
import { mainCluster } from './cluster.js'
import type { Project } from './project.js'
import type { TopicSpec } from './topic.js'

/** A topic that the project needs in the log. */
export interface NeededTopic {
  name: string
  partitions: number
  cluster: string
  configs: Readonly<Record<string, string>>
}

/** The declared topics that events come into: those that no pipeline writes. */
export function inputTopics(project: Project): TopicSpec[] {
  const written = new Set(project.pipelines.flatMap((pipeline) => pipeline.sinks))
  return project.topics.filter((topic) => !written.has(topic.name))
}

/**
 * Every topic of a project, in the order in which an event meets them: those that events come
 * into, each with where refused ones go, those between, and what the pipelines give. Some are
 * only named (a pipeline's output, say), and not declared in `topics/`.
 */
export function neededTopics(project: Project): NeededTopic[] {
  const declared = new Map(project.topics.map((topic) => [topic.name, topic]))
  const needed = new Map<string, NeededTopic>()
  const need = (name: string, partitionsDefault: number, clusterDefault = mainCluster) => {
    if (needed.has(name)) return
    const topic = declared.get(name)
    const { partitions = partitionsDefault, cluster = clusterDefault, configs = {} } = topic ?? {}
    needed.set(name, { name, partitions, cluster, configs })
  }
  for (const { name, raw, partitions } of project.topics) if (raw) need(name, partitions)
  for (const { name, schema, partitions, exceptions, cluster } of project.topics) {
    if (schema !== undefined) need(name, partitions)
    if (exceptions !== undefined) need(exceptions, 1, cluster)
  }
  const sinks = new Set(project.pipelines.flatMap((pipeline) => pipeline.sinks))
  const sources = project.pipelines.flatMap((pipeline) => pipeline.sources)
  const between = [...sources, ...declared.keys()].filter((name) => !sinks.has(name))
  for (const name of [...between, ...sinks]) need(name, topicPartitionsDefault)
  return [...needed.values()]
}
