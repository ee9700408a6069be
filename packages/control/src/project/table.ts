import type { Mapping } from './mapping.js'
import { type KnownTopics, onMainOnly } from './sources.js'
import { suggestion } from './spelling.js'

/** `tables/*.yaml`: a fresh table that follows a topic. */
export interface TableFile {
  /** The file's name. */
  name: string
  description?: string
  topic: string
  /** Columns that tell rows apart; a newer row replaces the older one where `upsert` is set. */
  key: string[]
  time?: string
  upsert: boolean
}

/**
 * Reads one table; `topics` are all that the project has, pipelines' outputs too, and `outputs`
 * the columns of those that pipelines write.
 */
export function readTable(
  name: string,
  yaml: Mapping,
  topics: KnownTopics,
  outputs: ReadonlyMap<string, readonly string[]>,
): TableFile {
  const description = yaml.text('description')
  const topic = yaml.text('topic', { required: true })
  const key = yaml.names('key') ?? []
  const time = yaml.text('time')
  const upsert = yaml.flag('upsert') ?? false
  yaml.end()
  if (!/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name)) {
    const hint = 'Name the file with letters, digits and `_`, starting with a letter.'
    yaml.problem('', `\`${name}\` cannot be a table's name in SQL`, hint)
  }
  if (topic !== undefined && !topics.names.has(topic) && topics.complete) {
    yaml.problem('topic', `there is no topic \`${topic}\``, suggestion(topic, topics.names))
  }
  const cluster = topic === undefined ? undefined : topics.elsewhere.get(topic)
  if (cluster !== undefined) {
    yaml.problem('topic', `the topic \`${topic}\` is on the cluster \`${cluster}\``, onMainOnly)
  }
  const columns = topic === undefined ? undefined : outputs.get(topic)
  for (const [option, names] of [
    ['key', key],
    ['time', time === undefined ? [] : [time]],
  ] as const) {
    for (const column of names) {
      if (columns === undefined || columns.includes(column)) continue
      const message = `the pipeline that writes \`${topic}\` gives no column \`${column}\``
      yaml.problem(option, message, suggestion(column, columns))
    }
  }
  if (upsert && key.length === 0) {
    yaml.problem('upsert', '`upsert` needs a `key`', 'Name the columns that tell rows apart.')
  }
  return {
    name,
    topic: topic ?? name,
    key,
    upsert,
    ...(description === undefined ? {} : { description }),
    ...(time === undefined ? {} : { time }),
  }
}
