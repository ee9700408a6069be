import type { Host } from '@millrace/host'
import { LogClient } from '@millrace/log'
import { RegistryClient } from '@millrace/schema/client'
import { declarationOfTopic, type ExternalTable } from '@millrace/stream/script'
import { catalogAnswerMsMax, catalogSchemasMax } from '../limits.js'
import { isCompacted } from '../project/catalogs.js'

/** A cluster, and what is wanted of it. */
export interface AskedCluster {
  readonly bootstrap: string
  readonly registryUrl: string
  /** Options for its tables: where their broker is. */
  readonly options: Readonly<Record<string, string>>
  /** Whether the schema of a topic may be needed; of the others only the names are asked for. */
  isNamed(topic: string): boolean
  /** What a project says of a topic beside its schema. */
  fieldsOf?(topic: string): { readonly keyField?: string; readonly timeField?: string }
}

/** The broker or the registry of a cluster that does not answer. */
export class ClusterAway extends Error {
  override readonly name = 'ClusterAway'
  readonly part: 'broker' | 'registry'

  constructor(part: 'broker' | 'registry', message: string, options?: ErrorOptions) {
    super(message, options)
    this.part = part
  }
}

/** The topics of a cluster as tables, in the order of their names. Throws ClusterAway. */
export async function tablesOfCluster(host: Host, asked: AskedCluster): Promise<ExternalTable[]> {
  const { bootstrap, registryUrl } = asked
  const registry = new RegistryClient(registryUrl, { clock: host.clock })
  const [{ names, compacted }, subjects] = await Promise.all([
    topicsOf(host, asked).catch((cause: unknown) => {
      throw new ClusterAway('broker', `the broker at ${bootstrap} does not answer`, { cause })
    }),
    fromRegistry(registryUrl, async () => new Set(await registry.subjects())),
  ])
  const schemaOf = async (subject: string) => {
    if (!subjects.has(subject)) return undefined
    const latest = await fromRegistry(registryUrl, () => registry.latest(subject))
    if (latest === undefined) return undefined
    return { text: latest.schema, ...(latest.schemaType && { type: latest.schemaType }) }
  }
  const tableOf = async (name: string): Promise<ExternalTable> => {
    if (!subjects.has(`${name}-value`)) return withoutSchema(name)
    if (!asked.isNamed(name)) return { name }
    const [value, key] = await Promise.all([schemaOf(`${name}-value`), schemaOf(`${name}-key`)])
    if (value === undefined) return withoutSchema(name)
    return declarationOfTopic({
      ...{ topic: name, value, registryUrl, options: asked.options },
      ...(key !== undefined && { key }),
      ...asked.fieldsOf?.(name),
      isCompacted: compacted.has(name),
    })
  }
  const tables: ExternalTable[] = []
  for (let from = 0; from < names.length; from += catalogSchemasMax) {
    const some = names.slice(from, from + catalogSchemasMax)
    tables.push(...(await Promise.all(some.map(tableOf))))
  }
  return tables
}

/** Topics, but for those that brokers and registries keep for themselves. */
async function topicsOf(host: Host, { bootstrap, isNamed }: AskedCluster) {
  const client = await LogClient.connect({
    ...{ host, bootstrap, clientId: 'millrace-catalog' },
    timeoutMs: catalogAnswerMsMax,
  })
  try {
    const topics = await client.topics()
    const names = topics.map(({ name }) => name).filter((name) => !name.startsWith('_'))
    const configs = await client.topicConfigs(names.filter(isNamed), ['cleanup.policy'])
    const compacted = names.filter((name) => isCompacted(configs.get(name)?.get('cleanup.policy')))
    return { names: names.sort(), compacted: new Set(compacted) }
  } finally {
    await client.close()
  }
}

async function fromRegistry<Answer>(url: string, ask: () => Promise<Answer>): Promise<Answer> {
  try {
    return await ask()
  } catch (cause) {
    throw new ClusterAway('registry', `the schema registry at ${url} does not answer`, { cause })
  }
}

function withoutSchema(name: string): ExternalTable {
  const message = `the topic \`${name}\` has no schema, and so no columns`
  const hint = `register one under ${name}-value, or declare a table with CREATE TABLE`
  return { name, refusal: { message, hint } }
}
