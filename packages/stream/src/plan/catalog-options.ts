import { type CreateCatalog, didYouMean, notSupported, SqlError } from '../sql/index.js'
import { type CreatedCatalog, topicsDatabase } from './external-catalog.js'

/** Types of catalogs that Flink has, or that are made for it. */
const typesOfOthers = ['generic_in_memory', 'jdbc', 'hive', 'iceberg', 'paimon', 'hudi']

const keys = [
  ...['type', 'properties.bootstrap.servers', 'schema.registry.url', 'default-database'],
]

/**
 * What a CREATE CATALOG asks for.
 * @throws SqlError for another type, and for an option that is none.
 */
export function createdCatalog(statement: CreateCatalog): CreatedCatalog {
  const { name, options } = statement
  const given: Record<string, string> = {}
  for (const { key, keyAt, value, valueAt } of options) {
    if (key in given) throw new SqlError(`the option '${key}' is given twice`, keyAt)
    given[key] = value
    if (key === 'type' && value !== 'millrace') {
      const hint = "write 'type' = 'millrace': a cluster, with its topics as tables"
      if (typesOfOthers.includes(value)) {
        throw notSupported(`'${value}' as the type of a catalog`, valueAt, hint)
      }
      throw new SqlError(`there is no type of catalogs '${value}'`, valueAt, hint)
    }
    if (keys.includes(key) || key.startsWith('properties.')) continue
    const hint = didYouMean(key, keys)?.replaceAll('`', "'") ?? `it may have ${keys.join(', ')}`
    throw new SqlError(`a catalog has no option '${key}'`, keyAt, hint)
  }
  if (given.type === undefined) {
    const hint = "add WITH ('type' = 'millrace', 'properties.bootstrap.servers' = …)"
    throw new SqlError(
      `the catalog \`${name.text}\` does not say of which type it is`,
      name.at,
      hint,
    )
  }
  return {
    name: name.text,
    database: given['default-database'] ?? topicsDatabase,
    options: given,
    error(message, hint, option) {
      const at = options.find(({ key }) => key === option)?.valueAt ?? name.at
      return new SqlError(message, at, hint)
    },
  }
}
