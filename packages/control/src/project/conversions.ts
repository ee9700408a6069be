import type { ConversionSpec, TypedTopic } from '@millrace/converter'
import type { TopicSpec } from './topic.js'

/** A conversion, and the cluster that both of its topics are on. */
export interface ProjectConversion extends ConversionSpec {
  readonly cluster: string
}

/** What is to be done with the raw topics of a project. */
export function conversionsOf({ topics }: { topics: readonly TopicSpec[] }): ProjectConversion[] {
  return topics.flatMap(({ name, cluster, becomes }) => {
    const typed = topics.find((topic) => topic.name === becomes?.topic)
    const to = typed && typedTopicOf(typed)
    return becomes === undefined || to === undefined
      ? []
      : [{ cluster, from: name, to, mapping: becomes.mapping }]
  })
}

/** What the events of a topic are held to behind the gateway; undefined without exceptions. */
export function typedTopicOf(topic: TopicSpec): TypedTopic | undefined {
  const { name, exceptions, key, id, time, tier, owner } = topic
  if (exceptions === undefined) return undefined
  return {
    ...{ name, exceptions, tier },
    ...(owner === undefined ? {} : { owner }),
    ...(key === undefined ? {} : { keyField: key }),
    ...(id === undefined ? {} : { idField: id }),
    ...(time === undefined ? {} : { timeField: time }),
  }
}
