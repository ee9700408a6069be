import type { Mapping } from './mapping.js'
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

/** Reads one table; `topics` are all that the project has, pipelines' outputs too. */
export function readTable(name: string, yaml: Mapping, topics: ReadonlySet<string>): TableFile {
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
  if (topic !== undefined && !topics.has(topic)) {
    yaml.problem('topic', `there is no topic \`${topic}\``, suggestion(topic, topics))
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
