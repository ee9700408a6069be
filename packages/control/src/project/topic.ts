import { topicPartitionsDefault, topicPartitionsMax } from '../limits.js'
import { type BecomesSpec, readBecomes } from './becomes.js'
import { mainCluster } from './cluster.js'
import type { Mapping } from './mapping.js'
import type { SchemaFile } from './schema.js'
import { suggestion } from './spelling.js'

export const tiers = ['critical', 'standard', 'relaxed'] as const

/** Once an event is in the log, or once it is in the gateway's spool, on its way there. */
export const acknowledgements = ['log', 'spool'] as const

/** `topics/*.yaml`: a stream of events, whose it is, and what the gateway holds them to. */
export interface TopicSpec {
  /** The file's name. */
  name: string
  description?: string
  owner?: string
  tier: (typeof tiers)[number]
  /** Services and teams that read it, as its owner knows them. */
  consumers: readonly string[]
  partitions: number
  /** Which cluster it is on. */
  cluster: string
  /** A file in `schemas/`; without one events are taken as JSON, and nothing is checked. */
  schema?: SchemaFile
  /** A schema is named, and could not be read. */
  schemaUnread?: true
  /** It takes any JSON, whatever schema its subject has. */
  raw?: true
  /** Of a raw topic: the typed events that its own become. */
  becomes?: BecomesSpec
  /** Fields of the schema (of a raw topic, of its events): what the events are partitioned by, their id, their time. */
  key?: string
  id?: string
  time?: string
  /** Where refused events go, with the reason. */
  exceptions?: string
  /** What a sender is answered from, where it does not say; undefined for the log. */
  acknowledge?: (typeof acknowledgements)[number]
  /** Settings of the log by Kafka's names, such as `retention.ms`. */
  configs: Readonly<Record<string, string>>
}

const topicName = /^[a-zA-Z0-9._-]{1,249}$/

/**
 * Reads one topic; `schemas` are those of the project, by file name, and `schemaFiles` the names
 * of all files, those too that could not be read: that has been told already; `clusters` those
 * beside the main one, undefined where they could not be read.
 */
export function readTopic(
  name: string,
  yaml: Mapping,
  schemas: ReadonlyMap<string, SchemaFile>,
  schemaFiles: readonly string[],
  clusters: readonly string[] | undefined,
): TopicSpec {
  if (!topicName.test(name)) {
    yaml.problem('', `\`${name}\` cannot be a topic's name`, 'Use letters, digits, `.`, `_`, `-`.')
  }
  const description = yaml.text('description')
  const owner = yaml.text('owner')
  const tier = yaml.choice('tier', tiers) ?? 'standard'
  const consumers = yaml.names('consumers') ?? []
  const schemaFile = yaml.text('schema')
  const schema = schemaFile === undefined ? undefined : schemas.get(schemaFile)
  if (schemaFile !== undefined && !schemaFiles.includes(schemaFile)) {
    const hint = suggestion(schemaFile, schemaFiles) ?? 'Write it into the folder `schemas`.'
    yaml.problem('schema', `there is no schema \`${schemaFile}\` in the folder \`schemas\``, hint)
  }
  const raw = yaml.flag('raw') ?? false
  if (raw && schemaFile !== undefined) {
    const hint = 'Write the schema into the file of the topic that it becomes.'
    yaml.problem('schema', 'a raw topic has no `schema`: it takes any JSON', hint)
  }
  const becomesYaml = yaml.mapping('becomes')
  const becomes = becomesYaml && readBecomes(becomesYaml)
  if (becomes !== undefined && !raw) {
    yaml.problem('becomes', 'only a raw topic becomes another', 'Write `raw: true` beside it.')
  }
  const field = (key: 'key' | 'id' | 'time'): Partial<TopicSpec> => {
    const value = yaml.text(key)
    if (value === undefined) return {}
    if (raw) return { [key]: value }
    if (schemaFile === undefined) {
      yaml.problem(key, `\`${key}\` names a field, and the topic has no \`schema\``)
    } else if (schema !== undefined && !schema.fields.includes(value)) {
      const hint = suggestion(value, schema.fields)
      yaml.problem(key, `the schema \`${schemaFile}\` has no field \`${value}\``, hint)
    }
    return { [key]: value }
  }
  const fields = { ...field('key'), ...field('id'), ...field('time') }
  const cluster = yaml.text('cluster') ?? mainCluster
  if (cluster !== mainCluster && clusters?.includes(cluster) === false) {
    const hint = suggestion(cluster, [mainCluster, ...clusters]) ?? ''
    const write = 'Or write it under `clusters` in millrace.yaml.'
    yaml.problem('cluster', `there is no cluster \`${cluster}\``, `${hint} ${write}`.trim())
  }
  const partitions =
    yaml.integer('partitions', { min: 1, max: topicPartitionsMax }) ?? topicPartitionsDefault
  const exceptions = yaml.text('exceptions', {
    pattern: topicName,
    says: 'the name of a topic (letters, digits, `.`, `_`, `-`)',
  })
  const acknowledge = yaml.choice('acknowledge', acknowledgements)
  const configsYaml = yaml.mapping('configs')
  const configs: Record<string, string> = {}
  for (const key of configsYaml?.keys() ?? []) {
    const value = configsYaml?.text(key)
    if (value !== undefined) configs[key] = value
  }
  yaml.end()
  return {
    name,
    tier,
    consumers,
    partitions,
    cluster,
    configs,
    ...fields,
    ...(description === undefined ? {} : { description }),
    ...(owner === undefined ? {} : { owner }),
    ...(schema === undefined ? {} : { schema }),
    ...(schemaFile !== undefined && schema === undefined && { schemaUnread: true }),
    ...(raw && { raw }),
    ...(becomes === undefined ? {} : { becomes }),
    ...(exceptions === undefined ? {} : { exceptions }),
    ...(acknowledge === undefined ? {} : { acknowledge }),
  }
}
