import type { Field } from '../plan/type.js'
import { DebeziumAvroDecoder, DebeziumAvroEncoder } from './avro/debezium.js'
import { AvroDecoder, PlainAvroDecoder } from './avro/decode.js'
import { AvroEncoder } from './avro/encode.js'
import { avroSchemaText, changeSchemaText } from './avro/schema.js'
import { CsvDecoder } from './csv/decode.js'
import { CsvEncoder } from './csv/encode.js'
import { csvOptions } from './csv/options.js'
import { FormatError } from './errors.js'
import type {
  ChangeDecoder,
  MetadataTarget,
  RecordDecoder,
  RecordEncoder,
  SinkField,
  Target,
} from './format.js'
import { CanalReader, canalEncoder, canalOptions } from './json/canal.js'
import { JsonChangeDecoder } from './json/change-decoder.js'
import { DebeziumReader, debeziumEncoder, debeziumOptions } from './json/debezium.js'
import { JsonDecoder, jsonOptions } from './json/decode.js'
import { JsonEncoder, jsonEncodeOptions } from './json/encode.js'
import { jsonSchemaText, requiredBySchema } from './json/json-schema.js'
import { MaxwellReader, maxwellEncoder } from './json/maxwell.js'
import { OggReader, oggEncoder } from './json/ogg.js'
import { RegistryJsonDecoder, RegistryJsonEncoder } from './json/registry.js'
import { RawDecoder, RawEncoder, rawOptions } from './raw.js'

/** What a format needs of the schema registry. */
export interface Schemas {
  byId(id: number): Promise<string>
  /** Answers the schema's id; registers it where it is new to the subject. */
  register(subject: string, schema: string, type: 'AVRO' | 'JSON'): Promise<number>
}

const formatNames = [
  ...(['json', 'csv', 'avro-confluent', 'avro', 'raw', 'json-registry'] as const),
  ...(['debezium-json', 'debezium-avro-confluent', 'canal-json'] as const),
  ...(['maxwell-json', 'ogg-json'] as const),
]

/** A format with its own options, without their prefix. */
export interface Format {
  readonly name: (typeof formatNames)[number]
  readonly options: ReadonlyMap<string, string>
}

/** The format of this name; undefined where there is none. */
export function formatNamed(name: string | undefined): Format['name'] | undefined {
  return formatNames.find((each) => each === name)
}

/** `fields`: all that the record holds there. */
export function decoderOf(
  format: Format,
  chosen: readonly Target[],
  fields: readonly Field[],
  schemas: Schemas,
): RecordDecoder {
  switch (format.name) {
    case 'json':
      return new JsonDecoder(chosen, jsonOptions(format.options))
    case 'json-registry':
      return new RegistryJsonDecoder(chosen, jsonOptions(format.options))
    case 'avro-confluent':
      return new AvroDecoder(chosen, (id) => schemas.byId(id), {
        ignoreParseErrors: format.options.get('ignore-parse-errors')?.toLowerCase() === 'true',
        ...(format.options.has('schema') && { schema: format.options.get('schema') ?? '' }),
      })
    case 'csv':
      return new CsvDecoder(chosen, fields, csvOptions(format.options))
    case 'raw':
      return new RawDecoder(chosen, fields.length, rawOptions(format.options))
    case 'avro':
      return new PlainAvroDecoder(chosen, fields)
    default:
      throw new FormatError('FORMAT_UNSUPPORTED', `rows in the format '${format.name}'`)
  }
}

export function changeDecoderOf(
  { name, options }: Format,
  chosen: readonly Target[],
  metadata: readonly MetadataTarget[],
  schemas: Schemas,
): ChangeDecoder {
  switch (name) {
    case 'debezium-json':
      return new JsonChangeDecoder(new DebeziumReader(chosen, metadata, debeziumOptions(options)))
    case 'debezium-avro-confluent':
      return new DebeziumAvroDecoder(chosen, (id) => schemas.byId(id))
    case 'canal-json':
      return new JsonChangeDecoder(new CanalReader(chosen, metadata, canalOptions(options)))
    case 'maxwell-json':
      return new JsonChangeDecoder(new MaxwellReader(chosen, metadata, jsonOptions(options)))
    case 'ogg-json':
      return new JsonChangeDecoder(new OggReader(chosen, metadata, jsonOptions(options)))
    default:
      throw new FormatError('FORMAT_UNSUPPORTED', `changes in the format '${name}'`)
  }
}

/**
 * Writes these columns; registers the schema that the format needs under this subject, unless its
 * options name another.
 */
export async function encoderOf(
  { name, options }: Format,
  chosen: readonly SinkField[],
  subject: string,
  schemas: Schemas,
): Promise<RecordEncoder> {
  const fields = chosen.map(({ field }) => field)
  const given = options.get('schema')
  const registered = async (
    text: string,
    type: 'AVRO' | 'JSON',
    make: (id: number) => RecordEncoder,
  ) => {
    // Made first, so that a schema that does not fit is not registered.
    make(0)
    return make(await schemas.register(options.get('subject') ?? subject, text, type))
  }
  switch (name) {
    case 'json':
      return new JsonEncoder(chosen, jsonEncodeOptions(options))
    case 'debezium-json':
      return debeziumEncoder(chosen, jsonEncodeOptions(options))
    case 'canal-json':
      return canalEncoder(chosen, jsonEncodeOptions(options))
    case 'maxwell-json':
      return maxwellEncoder(chosen, jsonEncodeOptions(options))
    case 'ogg-json':
      return oggEncoder(chosen, jsonEncodeOptions(options))
    case 'avro-confluent': {
      const text = given ?? avroSchemaText(fields)
      return registered(text, 'AVRO', (id) => new AvroEncoder(chosen, id, text))
    }
    case 'debezium-avro-confluent': {
      const text = given ?? changeSchemaText(fields)
      return registered(text, 'AVRO', (id) => new DebeziumAvroEncoder(chosen, id, text))
    }
    case 'json-registry': {
      const text = given ?? jsonSchemaText(fields)
      const required = requiredBySchema(text, fields)
      const writing = {
        ...jsonEncodeOptions(options),
        omitsNull: (path: string) => !required.has(path),
      }
      return registered(text, 'JSON', (id) => new RegistryJsonEncoder(chosen, id, writing))
    }
    case 'avro':
      return new AvroEncoder(chosen)
    case 'csv':
      return new CsvEncoder(chosen, csvOptions(options))
    case 'raw':
      return new RawEncoder(chosen, rawOptions(options))
  }
}
