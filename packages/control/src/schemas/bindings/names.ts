/** Names of programs out of names of schemas, without clashes. */
import { type AvroType, namedTypes, namespaceOf, shortName } from '../avro-type.js'
import type { ProjectSchema } from '../project-schemas.js'
import type { BindingSource } from './bindings.js'

/** `order_line` and `order-line` as `OrderLine`. */
export function pascal(name: string): string {
  const words = name.split(/[^A-Za-z0-9]+/).filter((word) => word !== '')
  const joined = words.map((word) => word[0]?.toUpperCase() + word.slice(1)).join('')
  return /^[0-9]/.test(joined) || joined === '' ? `T${joined}` : joined
}

/**
 * A name for each named type, by full name: the short one where it is alone, else with its
 * namespace before it.
 */
export function typeNames(type: AvroType): Map<string, string> {
  const all = namedTypes(type)
  const short = (name: string) => pascal(shortName(name))
  const counts = new Map<string, number>()
  for (const { name } of all) counts.set(short(name), (counts.get(short(name)) ?? 0) + 1)
  return new Map(
    all.map(({ name }): [string, string] => {
      const isAlone = counts.get(short(name)) === 1
      return [name, isAlone ? short(name) : pascal(namespaceOf(name)) + short(name)]
    }),
  )
}

/** Topics with their schemas, by name. */
export function topicsOf({ schemas }: BindingSource): { topic: string; schema: ProjectSchema }[] {
  return schemas
    .flatMap((schema) => schema.topics.map((topic) => ({ topic, schema })))
    .sort((a, b) => (a.topic < b.topic ? -1 : 1))
}

/** The schemas that a topic uses, each with the name of its file without the ending. */
export function usedSchemas({ schemas }: BindingSource): { base: string; schema: ProjectSchema }[] {
  return schemas
    .filter(({ topics }) => topics.length > 0)
    .map((schema) => ({ base: schema.file.replace(/\.avsc$/, ''), schema }))
}
