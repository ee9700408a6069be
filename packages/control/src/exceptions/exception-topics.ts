import { controlErrors } from '../errors.js'
import type { Project } from '../project/project.js'
import { suggestion } from '../project/spelling.js'

/** A topic that holds exceptions. */
export interface ExceptionTopic {
  readonly name: string
  readonly cluster: string
}

/**
 * The exception topics of a project: all, or those in which exceptions of `topic`
 * lie, which names one of them, a topic that has one, or a raw topic that becomes such a topic.
 * Throws TOPIC_UNKNOWN where it is none of these.
 */
export function exceptionTopics(
  { topics }: Pick<Project, 'topics'>,
  topic?: string,
): ExceptionTopic[] {
  const byName = new Map<string, ExceptionTopic>()
  const add = (name: string, found: ExceptionTopic | undefined) => {
    if (found !== undefined && !byName.has(name)) byName.set(name, found)
  }
  const own = topics.flatMap(({ name, cluster, exceptions }) => {
    return exceptions === undefined ? [] : [{ name, exceptions: { name: exceptions, cluster } }]
  })
  for (const { name, exceptions } of own) add(name, exceptions)
  for (const { exceptions } of own) add(exceptions.name, exceptions)
  for (const { name, becomes } of topics) {
    if (becomes !== undefined) add(name, byName.get(becomes.topic))
  }
  if (topic === undefined) {
    return [...new Map([...byName.values()].map((each) => [each.name, each])).values()]
  }
  const found = byName.get(topic)
  if (found !== undefined) return [found]
  const near = suggestion(topic, byName.keys())
  const hint = near ?? 'No topic of the project names one under `exceptions`.'
  throw controlErrors.noExceptions(topic, hint)
}
