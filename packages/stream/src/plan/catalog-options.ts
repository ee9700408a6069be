import { type CreateCatalog, didYouMean, notSupported, SqlError } from '../sql/index.js'
import { type CreatedCatalog, topicsDatabase } from './external-catalog.js'

/** Types that Flink has, or that are made for it. */
const typesOfOthers = ['jdbc', 'hive', 'iceberg', 'paimon', 'hudi']

/** Each type, its options, and its database where none is named. */
const types = {
  millrace: {
    keys: ['type', 'properties.bootstrap.servers', 'schema.registry.url', 'default-database'],
    database: topicsDatabase,
  },
  generic_in_memory: { keys: ['type', 'default-database'], database: 'default' },
} as const

/** What a CREATE CATALOG asks for: a cluster, or a place for tables of one's own. */
export interface WantedCatalog extends CreatedCatalog {
  readonly type: keyof typeof types
}

/**
 * @throws SqlError for another type, and for an option that is none.
 */
export function wantedCatalog(statement: CreateCatalog): WantedCatalog {
  const { name, options } = statement
  const type = typeOf(statement)
  const keys: readonly string[] = types[type].keys
  const given: Record<string, string> = {}
  for (const { key, keyAt, value } of options) {
    if (key in given) throw new SqlError(`the option '${key}' is given twice`, keyAt)
    given[key] = value
    if (keys.includes(key) || (type === 'millrace' && key.startsWith('properties.'))) continue
    const hint = didYouMean(key, keys)?.replaceAll('`', "'") ?? `it may have ${keys.join(', ')}`
    throw new SqlError(`a catalog of the type '${type}' has no option '${key}'`, keyAt, hint)
  }
  return {
    type,
    name: name.text,
    database: given['default-database'] ?? types[type].database,
    options: given,
    error(message, hint, option) {
      const at = options.find(({ key }) => key === option)?.valueAt ?? name.at
      return new SqlError(message, at, hint)
    },
  }
}

function typeOf({ name, options }: CreateCatalog): WantedCatalog['type'] {
  const given = options.find(({ key }) => key === 'type')
  if (given === undefined) {
    const hint = "add WITH ('type' = 'millrace', 'properties.bootstrap.servers' = …)"
    throw new SqlError(
      `the catalog \`${name.text}\` does not say of which type it is`,
      name.at,
      hint,
    )
  }
  const { value, valueAt } = given
  if (value === 'millrace' || value === 'generic_in_memory') return value
  const hint = "write 'type' = 'millrace': a cluster, with its topics as tables"
  if (typesOfOthers.includes(value)) {
    throw notSupported(`'${value}' as the type of a catalog`, valueAt, hint)
  }
  throw new SqlError(`there is no type of catalogs '${value}'`, valueAt, hint)
}
