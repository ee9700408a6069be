import type { TableDefinition } from '@millrace/stream'
import { isTopicTable } from '@millrace/stream/script'
import { columnMismatch } from './avrofit.js'
import { type Pipeline, topicOf } from './pipeline.js'
import type { Problem } from './problem.js'
import { type SchemaFile, schemaTypeTitles } from './schema.js'
import { declaredAt } from './script.js'
import { suggestion } from './spelling.js'

/** What a project has of topics, as far as its files could be read. */
export interface KnownTopics {
  names: ReadonlySet<string>
  /** False where a pipeline could not be planned: nobody knows what it would write. */
  complete: boolean
  schemas: ReadonlyMap<string, SchemaFile>
  /** Topics that are not on the main cluster, and where they are. */
  elsewhere: ReadonlyMap<string, string>
}

/** Pipelines and tables work on one cluster. */
export const onMainOnly = 'Pipelines and tables work on the cluster `main`.'

/** Finds tables that cannot be read or written: their topic is nowhere, or its schema is another. */
export function checkSources(pipeline: Pipeline, topics: KnownTopics, problems: Problem[]): void {
  const { file, text } = pipeline
  const written = pipeline.plan.inserts.map(({ table }) => table).filter(isTopicTable)
  for (const [topic, table] of new Map(written.map((each) => [topicOf(each), each]))) {
    const cluster = topics.elsewhere.get(topic)
    if (cluster === undefined) continue
    const message = `it writes the topic \`${topic}\`, which is on the cluster \`${cluster}\``
    problems.push({ file, ...declaredAt(text, table.name), message, hint: onMainOnly })
  }
  for (const table of pipeline.sourceTables) {
    const found = (column: string | undefined, message: string, hint?: string) => {
      const place = { file, ...declaredAt(text, table.name, column) }
      problems.push({ ...place, message, ...(hint === undefined ? {} : { hint }) })
    }
    const topic = table.options.get('topic') ?? table.name
    if (!topics.names.has(topic)) {
      if (!topics.complete) continue
      const known = suggestion(topic, topics.names) ?? ''
      const hint = `${known} Or write topics/${topic}.yaml.`.trim()
      found(undefined, `\`${table.name}\` reads the topic \`${topic}\`, which is nowhere`, hint)
      continue
    }
    const cluster = topics.elsewhere.get(topic)
    if (cluster !== undefined) {
      const message = `\`${table.name}\` reads the topic \`${topic}\`, which is on the cluster \`${cluster}\``
      found(undefined, message, onMainOnly)
    }
    const schema = topics.schemas.get(topic)
    if (schema === undefined || !isAvro(table)) continue
    if (schema.type !== 'AVRO') {
      const hint = 'Read the topic as a table of the catalog `main`, without CREATE TABLE.'
      const message = `\`${table.name}\` reads Avro, and the schema \`${schema.file}\` of \`${topic}\` is ${schemaTypeTitles[schema.type]}`
      found(undefined, message, schema.type === 'JSON' ? hint : undefined)
      continue
    }
    if (schema.fields.length === 0) continue
    const inKey = keyColumns(table)
    for (const { name, type, expression, metadata } of table.columns) {
      if (expression !== undefined || metadata !== undefined || inKey.has(name)) continue
      if (!schema.fields.includes(name)) {
        const hint = suggestion(name, schema.fields)
        found(name, `the schema \`${schema.file}\` of \`${topic}\` has no field \`${name}\``, hint)
        continue
      }
      const mismatch = columnMismatch(type, schema.text, name)
      if (mismatch === undefined) continue
      const { sql, avro } = mismatch
      found(name, `\`${name}\` is ${sql} here, and ${avro} in the schema \`${schema.file}\``)
    }
  }
}

function isAvro({ options }: TableDefinition): boolean {
  return (options.get('value.format') ?? options.get('format')) === 'avro-confluent'
}

/** Columns that are read from the record's key alone. */
function keyColumns({ options }: TableDefinition): ReadonlySet<string> {
  if (options.get('value.fields-include') !== 'EXCEPT_KEY') return new Set()
  return new Set(options.get('key.fields')?.split(';'))
}
