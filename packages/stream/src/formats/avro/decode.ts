import type { Field } from '../../plan/type.js'
import { isNested } from '../../plan/type-family.js'
import { frameBytes, isFramed, schemaIdOf } from '../confluent-frame.js'
import { DecodeError, FormatError } from '../errors.js'
import type { BlockDecoder, RecordDecoder, Target } from '../format.js'
import { pushValue } from '../row-value.js'
import { type AvroConverter, avroConverter } from './convert.js'
import { AvroCursor } from './cursor.js'
import { avroBlocks } from './kernel-format.js'
import { avroNestedReader } from './nested.js'
import { type AvroSchema, avroSchemaText, parseAvroSchema } from './schema.js'
import { skipAvro } from './skip.js'

/**
 * Flink's `avro-confluent` format: 0x00, the writer schema's id, the record. For each writer
 * schema a chain of converters is made once, straight into the columns; fields that no column
 * wants are gone over. A column that the writer does not know is what the table's own schema
 * (`avro-confluent.schema`) has as its default, else NULL.
 *
 * With `ignoreParseErrors`, an option that Flink's format does not have, what is not in the wire
 * format or ends early is passed over, as by the JSON format's option of that name. A schema that
 * the registry does not know, or that does not fit the columns, is no fault of one record.
 */
export class AvroDecoder implements RecordDecoder {
  private readonly targets: readonly Target[]
  private readonly schemaById: (id: number) => Promise<string>
  private readonly readers = new Map<number, readonly AvroConverter[]>()
  /** Schemas that were asked for; who asked first waits for the answer. */
  private readonly asked = new Set<number>()
  private readonly cursor = new AvroCursor()
  private readonly ignoreParseErrors: boolean
  private readonly defaults: ReadonlyMap<string, unknown>

  constructor(
    targets: readonly Target[],
    schemaById: (id: number) => Promise<string>,
    options: { ignoreParseErrors: boolean; schema?: string } = { ignoreParseErrors: false },
  ) {
    this.defaults = defaultsOf(options.schema)
    this.targets = targets
    this.schemaById = schemaById
    this.ignoreParseErrors = options.ignoreParseErrors
  }

  /** Fetches the writer's schema, for the first record that names it. */
  prepare(bytes: Buffer, start: number, end: number): Promise<void> | undefined {
    if (this.ignoreParseErrors && !isFramed(bytes, start, end)) return undefined
    const id = schemaIdOf(bytes, start, end)
    if (this.asked.has(id)) return undefined
    this.asked.add(id)
    return this.schemaById(id).then((text) => {
      this.readers.set(id, readerOf(parseAvroSchema(text), this.targets, this.defaults))
    })
  }

  decode(bytes: Buffer, start: number, end: number): boolean {
    if (!this.ignoreParseErrors) {
      this.read(bytes, start, end)
      return true
    }
    const rows = this.targets.map(({ column }) => column.length)
    try {
      this.read(bytes, start, end)
      return true
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      this.targets.forEach(({ column }, index) => {
        column.truncate(rows[index] ?? 0)
      })
      return false
    }
  }

  private read(bytes: Buffer, start: number, end: number): void {
    const id = schemaIdOf(bytes, start, end)
    const reader = this.readers.get(id)
    if (reader === undefined) throw new RangeError(`schema ${id} was not prepared`)
    this.cursor.reset(bytes, start + frameBytes, end)
    for (const convert of reader) convert(this.cursor)
  }
}

/** Goes over a record of the schema, pushing one value to each target. */
export function readerOf(
  schema: AvroSchema,
  targets: readonly Target[],
  defaults: ReadonlyMap<string, unknown> = new Map(),
): AvroConverter[] {
  if (schema.kind !== 'record') {
    throw new FormatError('SCHEMA_MISMATCH', `the schema is no record but ${schema.kind}`)
  }
  const steps: AvroConverter[] = schema.fields.map((field) => {
    const target = targets.find((each) => each.field.name === field.name)
    if (target !== undefined) return converterTo(field.schema, target)
    return (cursor) => skipAvro(field.schema, cursor)
  })
  for (const { field, column } of targets) {
    if (schema.fields.some((each) => each.name === field.name)) continue
    const given = defaultPusher({ field, column }, defaults.get(field.name))
    if (given !== undefined) {
      steps.push(given)
      continue
    }
    if (!field.type.nullable) {
      throw new FormatError('SCHEMA_MISMATCH', `the schema has no field '${field.name}'`)
    }
    steps.push(() => column.pushNull())
  }
  return steps
}

function defaultsOf(text: string | undefined): ReadonlyMap<string, unknown> {
  const schema = text === undefined ? undefined : parseAvroSchema(text)
  if (schema?.kind !== 'record') return new Map()
  return new Map(schema.fields.map((field) => [field.name, field.default]))
}

/** Of values that are in JSON what they are in Avro; undefined for others. */
const kindsWithDefault = 'boolean tinyint smallint int bigint float double char varchar'.split(' ')

function defaultPusher({ field, column }: Target, value: unknown): AvroConverter | undefined {
  if (!kindsWithDefault.includes(field.type.kind)) return undefined
  if (!['boolean', 'number', 'string'].includes(typeof value)) return undefined
  return () => pushValue(column, field.type, value)
}

function converterTo(schema: AvroSchema, target: Target): AvroConverter {
  const { column, field } = target
  if (!isNested(field.type)) return avroConverter(schema, target)
  if (column.kind !== 'bytes') throw new TypeError('a nested value lies as text')
  const read = avroNestedReader(schema, field.type)
  return (cursor) => {
    const value = read(cursor)
    if (value === null) column.pushNull()
    else column.pushString(JSON.stringify(value))
  }
}

/** Flink's `avro` format: a record of the schema that is derived from the table's columns, alone. */
export class PlainAvroDecoder implements RecordDecoder {
  private readonly schema: AvroSchema
  private readonly targets: readonly Target[]
  private readonly reader: readonly AvroConverter[]
  /** Null where records are none for the kernel. */
  private blockDecoder: BlockDecoder | null | undefined
  private readonly cursor = new AvroCursor()

  /** `fields` are all columns that a record holds. */
  constructor(targets: readonly Target[], fields: readonly Field[]) {
    this.schema = parseAvroSchema(avroSchemaText(fields))
    this.targets = targets
    this.reader = readerOf(this.schema, targets)
  }

  get blocks(): BlockDecoder | undefined {
    if (this.blockDecoder === undefined) {
      this.blockDecoder = avroBlocks(this.schema, this.targets) ?? null
    }
    return this.blockDecoder ?? undefined
  }

  decode(bytes: Buffer, start: number, end: number): boolean {
    this.cursor.reset(bytes, start, end)
    for (const convert of this.reader) convert(this.cursor)
    return true
  }
}
