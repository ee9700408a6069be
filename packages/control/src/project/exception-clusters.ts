import type { Mapping } from './mapping.js'
import type { TopicSpec } from './topic.js'

/**
 * Finds exception topics that would lie on several clusters: an exception lies where its topic is,
 * and is told by the name of the topic that it lies in alone.
 */
export function checkExceptionClusters(
  topics: readonly TopicSpec[],
  yamls: ReadonlyMap<string, Mapping>,
): void {
  const found = new Map(topics.map((topic) => [topic.name, topic]))
  for (const topic of topics) {
    const { name, cluster, exceptions } = topic
    if (exceptions === undefined) continue
    const other = found.get(exceptions)
    if (other === undefined) found.set(exceptions, topic)
    if (other === undefined || other.cluster === cluster) continue
    yamls
      .get(name)
      ?.problem(
        'exceptions',
        `\`${exceptions}\` is on the cluster \`${other.cluster}\`, and \`${name}\` on \`${cluster}\``,
        `Name another topic for exceptions on \`${cluster}\`.`,
      )
  }
}
