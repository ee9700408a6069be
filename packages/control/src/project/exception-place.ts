import type { Mapping } from './mapping.js'
import type { TopicSpec } from './topic.js'

/** Finds what keeps a topic from having its exceptions where it says: they are no typed events. */
export function checkExceptions(
  { name, exceptions }: TopicSpec,
  yaml: Mapping | undefined,
  topics: readonly TopicSpec[],
): void {
  if (exceptions === undefined) return
  const hint = `Name a topic of their own, such as \`${name}.exceptions\`.`
  const found = (message: string) => yaml?.problem('exceptions', message, hint)
  const place = topics.find((topic) => topic.name === exceptions)
  if (exceptions === name) found('a topic cannot keep its own exceptions')
  else if (place?.schema !== undefined) found(`\`${exceptions}\` has a schema of its own`)
  else if (place?.raw) found(`\`${exceptions}\` is raw: what is in it would become events`)
}
