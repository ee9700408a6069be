import { avroCodec } from './avro/codec.js'
import type { CompleteSchema } from './client.js'
import type { Codec } from './codec.js'
import { jsonCodec } from './json/codec.js'
import { protobufCodec } from './protobuf/codec.js'
import { SchemaTextError } from './schema-type.js'

/**
 * The codec of a schema, whatever its language. Throws a `SchemaTextError` when the text is no
 * schema, or its language is not known here.
 */
export function codecOf({ schema, schemaType, references }: CompleteSchema): Codec {
  switch (schemaType) {
    case 'AVRO':
      return avroCodec(schema, { references })
    case 'JSON':
      return jsonCodec(schema, references)
    case 'PROTOBUF':
      return protobufCodec(schema, { references })
    default:
      throw new SchemaTextError(`schemas of type ${schemaType} cannot be read here`)
  }
}
