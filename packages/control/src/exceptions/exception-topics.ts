import { controlErrors } from '../errors.js'
import { mainCluster } from '../project/cluster.js'
import type { Project } from '../project/project.js'
import { suggestion } from '../project/spelling.js'

/**
 * The exception topics of a project's main cluster: all, or those in which exceptions of `topic`
 * lie, which names one of them, a topic that has one, or a raw topic that becomes such a topic.
 * Throws TOPIC_UNKNOWN where it is none of these.
 */
export function exceptionTopics({ topics }: Pick<Project, 'topics'>, topic?: string): string[] {
  const byName = new Map<string, string>()
  const add = (name: string, exceptions: string | undefined) => {
    if (exceptions !== undefined && !byName.has(name)) byName.set(name, exceptions)
  }
  const main = topics.filter(({ cluster }) => cluster === mainCluster)
  for (const { name, exceptions } of main) add(name, exceptions)
  for (const { exceptions } of main) if (exceptions !== undefined) add(exceptions, exceptions)
  for (const { name, becomes } of main) {
    if (becomes !== undefined) add(name, byName.get(becomes.topic))
  }
  if (topic === undefined) return [...new Set(byName.values())]
  const found = byName.get(topic)
  if (found !== undefined) return [found]
  const near = suggestion(topic, byName.keys())
  const hint = near ?? 'No topic of the project names one under `exceptions`.'
  throw controlErrors.noExceptions(topic, hint)
}
