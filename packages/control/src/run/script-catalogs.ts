import type { Host } from '@millrace/host'
import {
  type CreatedCatalog,
  catalogsCreatedIn,
  type ExternalCatalog,
} from '@millrace/stream/script'
import { ClusterAway, tablesOfCluster } from './cluster-tables.js'
import type { PlaceDefaults } from './places.js'

const brokerKey = 'properties.bootstrap.servers'
const registryKey = 'schema.registry.url'

/**
 * What is in the catalogs that a script creates: their brokers and registries are asked before it
 * is planned. Throws a SqlError at the place of a CREATE CATALOG whose cluster does not answer.
 */
export async function createdCatalogs(
  host: Host,
  script: { text: string; file: string },
  defaults: PlaceDefaults,
): Promise<ExternalCatalog[]> {
  const catalogs: ExternalCatalog[] = []
  for (const created of catalogsCreatedIn(script.text, script.file)) {
    const { name, database, options } = created
    const tables = await tablesOf(host, script.text, created, defaults)
    catalogs.push({ name, database, createdWith: options, tables })
  }
  return catalogs
}

async function tablesOf(
  host: Host,
  text: string,
  created: CreatedCatalog,
  defaults: PlaceDefaults,
): Promise<ExternalCatalog['tables']> {
  const { name, options } = created
  const bootstrap = options[brokerKey] ?? defaults.bootstrap
  if (bootstrap === undefined) {
    const hint = `add '${brokerKey}' = 'HOST:PORT' to it, or name the broker with --bootstrap-server`
    throw created.error(`the catalog \`${name}\` does not say where its broker is`, hint)
  }
  const registryUrl = options[registryKey] ?? defaults.registryUrl
  if (registryUrl === undefined) {
    const hint = `add '${registryKey}' = 'http://HOST:PORT' to it, or name the registry with --registry`
    throw created.error(`the catalog \`${name}\` does not say where its schemas are`, hint)
  }
  const ofClient = Object.entries(options).filter(([key]) => key.startsWith('properties.'))
  try {
    return await tablesOfCluster(host, {
      bootstrap,
      registryUrl,
      options: { ...Object.fromEntries(ofClient), [brokerKey]: bootstrap },
      // A topic that the script names stands in its text.
      isNamed: (topic) => text.includes(topic),
    })
  } catch (cause) {
    if (!(cause instanceof ClusterAway)) throw cause
    const key = cause.part === 'broker' ? brokerKey : registryKey
    const hint = `start it, or correct '${key}'`
    throw created.error(`the catalog \`${name}\`: ${cause.message}`, hint, key)
  }
}
