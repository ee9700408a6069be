import type { ExternalTable } from '../plan/external-catalog.js'
import { type ColumnText, topicTableText } from '../plan/topic-columns.js'
import { columnsOfAvro } from './avro/columns.js'
import { parseAvroSchema } from './avro/schema.js'
import { NoColumnError } from './column-text.js'
import { FormatError } from './errors.js'
import { columnsOfJsonSchema } from './json/columns.js'

/** A schema as a registry has it. */
export interface RegisteredSchema {
  /** AVRO where absent, as with registries. */
  readonly type?: string
  readonly text: string
}

/** What is known of a topic. */
export interface TopicDescription {
  readonly topic: string
  readonly value: RegisteredSchema
  /** Of the records' keys, where they have one. */
  readonly key?: RegisteredSchema
  /** Without a schema of keys: the field of the value whose text is the record's key. */
  readonly keyField?: string
  /** The field that says when an event happened. It counts where it is a time to the millisecond. */
  readonly timeField?: string
  /** The log keeps the latest record of each key. */
  readonly isCompacted?: boolean
  /** Where its schemas are. */
  readonly registryUrl?: string
  /** More options for the table, such as where the broker is. */
  readonly options?: Readonly<Record<string, string>>
}

/** In front of the key's columns, where the value has some of the same names. */
const keyPrefix = 'key_'

/**
 * A topic as a table: the CREATE TABLE that one would write for its schemas, or why there is none.
 *
 * Columns are the fields of the key's schema, then those of the value's, then the system's. Event
 * time is `timeField`, else `$rowtime`, the record's timestamp, five seconds behind the latest. A
 * compacted topic with a key has the latest row of each key.
 */
export function declarationOfTopic(description: TopicDescription): ExternalTable {
  const name = description.topic
  try {
    return { name, declaration: declarationText(description) }
  } catch (cause) {
    if (!(cause instanceof NoColumnError)) throw cause
    const message = `the topic \`${name}\` cannot be a table: ${cause.message}`
    return {
      name,
      refusal: { message, hint: 'declare the columns that you need, in a CREATE TABLE' },
    }
  }
}

function declarationText(description: TopicDescription): string {
  const { topic, timeField, isCompacted = false, options = {} } = description
  const value = formatOfValue(description)
  const values = value.columns
  const key = keyOf(description, values)
  const columns = [...key.columns, ...values]
  const isUpsert = isCompacted && key.names.length > 0
  const time = columns.find((column) => column.name === timeField && isTime(column))
  const { 'key.fields': fields, ...keyOptions } = key.options
  return topicTableText({
    ...{ topic, columns, primaryKey: isUpsert ? key.names : [] },
    ...(time !== undefined && { timeColumn: time.name }),
    options: {
      connector: isUpsert ? 'upsert-kafka' : 'kafka',
      topic,
      ...(fields !== undefined && !isUpsert && { 'key.fields': fields }),
      ...keyOptions,
      ...value.options,
      ...options,
    },
  })
}

interface Key {
  /** Those that are not in the value. */
  readonly columns: readonly ColumnText[]
  readonly names: readonly string[]
  readonly options: Readonly<Record<string, string>>
}

function keyOf(description: TopicDescription, values: readonly ColumnText[]): Key {
  const { key, keyField, registryUrl } = description
  if (key !== undefined) return keyWithSchema(key, registryUrl, values)
  const field = values.find(({ name }) => name === keyField)
  const format = field === undefined ? undefined : textFormat(field)
  if (field === undefined || format === undefined) return { columns: [], names: [], options: {} }
  const options = { 'key.format': format, 'key.fields': field.name }
  return { columns: [], names: [field.name], options }
}

function keyWithSchema(
  schema: RegisteredSchema,
  registryUrl: string | undefined,
  values: readonly ColumnText[],
): Key {
  const columns = avroColumns(schema, 'schema of its keys')
  const isShared = columns.some(({ name }) => values.some((value) => value.name === name))
  const prefix = isShared ? keyPrefix : ''
  const named = columns.map((column) => ({ ...column, name: `${prefix}${column.name}` }))
  const names = named.map(({ name }) => name)
  return {
    columns: named,
    names,
    options: {
      'key.format': 'avro-confluent',
      'key.avro-confluent.schema': schema.text,
      ...(registryUrl !== undefined && { 'key.avro-confluent.url': registryUrl }),
      'key.fields': names.join(';'),
      ...(isShared && { 'key.fields-prefix': prefix }),
      'value.fields-include': 'EXCEPT_KEY',
    },
  }
}

/** The format of records with a schema of this type, and the columns that they hold. */
function formatOfValue({ value, registryUrl }: TopicDescription) {
  const { text, type = 'AVRO' } = value
  if (type === 'JSON') {
    const columns = readable('schema', () => columnsOfJsonSchema(text))
    const options = {
      'value.format': 'json-registry',
      'value.json-registry.schema': text,
      ...(registryUrl !== undefined && { 'value.json-registry.url': registryUrl }),
    }
    return { columns, options }
  }
  return {
    columns: avroColumns({ text, type }, 'schema'),
    options: {
      'value.format': 'avro-confluent',
      'value.avro-confluent.schema': text,
      ...(registryUrl !== undefined && { 'value.avro-confluent.url': registryUrl }),
    },
  }
}

function avroColumns({ text, type = 'AVRO' }: RegisteredSchema, what: string): ColumnText[] {
  if (type !== 'AVRO') throw new NoColumnError(`its ${what} is ${type}, and not AVRO`)
  return readable(what, () => {
    const schema = parseAvroSchema(text)
    if (schema.kind === 'record') return columnsOfAvro(schema)
    throw new NoColumnError(`its ${what} is no record, but ${schema.kind}`)
  })
}

/** A schema may be what its registry takes and we do not, such as one that refers to another. */
function readable<Result>(what: string, read: () => Result): Result {
  try {
    return read()
  } catch (cause) {
    if (!(cause instanceof FormatError) && !(cause instanceof SyntaxError)) throw cause
    const reason = cause.message.replace(/ \([^()]*\)$/, '')
    throw new NoColumnError(`its ${what} cannot be read: ${reason}`)
  }
}

/** A format in which a value is the text that it has. */
function textFormat({ type }: ColumnText): string | undefined {
  if (type.startsWith('STRING')) return 'raw'
  return /^(INT|BIGINT|BOOLEAN)\b/.test(type) ? 'csv' : undefined
}

function isTime({ type }: ColumnText): boolean {
  return /^TIMESTAMP(_LTZ)?\(3\)/.test(type)
}
