/** Names of programs out of names of schemas, without clashes. */

import { schemaBase } from '../../project/schema.js'
import { pascal } from '../pascal.js'
import type { ProjectSchema } from '../project-schemas.js'
import { namedTypes, namespaceOf, shortName, type TypeTree } from '../type-tree.js'
import type { BindingSource } from './bindings.js'

/**
 * A name for each named type, by full name: the short one where it is alone, else with its
 * namespace before it.
 */
export function typeNames(type: TypeTree): Map<string, string> {
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

/**
 * The schemas that a topic uses, each with the name of its file without folder and ending; with both
 * where two files have that in common.
 */
export function usedSchemas({ schemas }: BindingSource): { base: string; schema: ProjectSchema }[] {
  const used = schemas.filter(({ topics }) => topics.length > 0)
  return used.map((schema) => {
    const base = schemaBase(schema.file)
    const isAlone = used.filter(({ file }) => schemaBase(file) === base).length === 1
    return { base: isAlone ? base : schema.file.replaceAll(/[./]/g, '-'), schema }
  })
}
