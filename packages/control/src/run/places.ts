import { isTopicTable, type Plan, scansOf } from '@millrace/stream/script'
import { controlErrors } from '../errors.js'

/** Where a script's tables are. */
export interface Places {
  readonly bootstrap: string
  /** Absent where no table's format needs a registry. */
  readonly registryUrl?: string
}

/** What counts for tables that do not say it themselves. */
export interface PlaceDefaults {
  bootstrap?: string
  registryUrl?: string
}

type Table = Plan['inserts'][number]['table']

const brokerKey = 'properties.bootstrap.servers'

/**
 * The brokers and the registry that the tables of a plan name. One job reads and writes in
 * transactions of one cluster, so all of its topics are there. Throws BROKER_MISSING,
 * SEVERAL_BROKERS, REGISTRY_MISSING, SEVERAL_REGISTRIES.
 */
export function placesOf(plan: Plan, defaults: PlaceDefaults): Places {
  const read = plan.inserts.flatMap(({ input }) => scansOf(input).map(({ table }) => table))
  const written = plan.inserts.map(({ table }) => table)
  const tables = [...read, ...written]
  const bootstrap = agreed(
    tables.filter(isTopicTable),
    (table) => table.options.get(brokerKey) ?? defaults.bootstrap,
    { missing: controlErrors.brokerMissing, several: controlErrors.severalBrokers },
  )
  const registryUrl = agreed(
    [...tables.filter(usesRegistry), ...written.filter(writesJsonSchema)],
    (table) => registryOf(table) ?? defaults.registryUrl,
    { missing: controlErrors.registryMissing, several: controlErrors.severalRegistries },
  )
  return { bootstrap: bootstrap ?? '', ...(registryUrl === undefined ? {} : { registryUrl }) }
}

function agreed(
  tables: readonly Table[],
  read: (table: Table) => string | undefined,
  errors: {
    missing: (table: string) => Error
    several: (one: string, other: string) => Error
  },
): string | undefined {
  let found: string | undefined
  for (const table of tables) {
    const value = read(table)
    if (value === undefined) throw errors.missing(table.name)
    if (found !== undefined && found !== value) throw errors.several(found, value)
    found = value
  }
  return found
}

const formatKeys = ['format', 'value.format', 'key.format']

function usesRegistry({ options }: Table): boolean {
  return formatKeys.some((key) => options.get(key)?.endsWith('-confluent'))
}

/** A record that is read names its schema, and is read without it. */
function writesJsonSchema({ options }: Table): boolean {
  return formatKeys.some((key) => options.get(key) === 'json-registry')
}

/** `avro-confluent.url`, under whatever prefix the format has. */
function registryOf({ options }: Table): string | undefined {
  return [...options].find(([key]) => /(^|\.)[a-z-]+-(confluent|registry)\.url$/.test(key))?.[1]
}
