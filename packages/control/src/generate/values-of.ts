import type { SchemaFile } from '../project/schema.js'
import { readAvroType } from '../schemas/avro-type.js'
import { AvroValues } from './avro-values.js'
import { JsonValues } from './json-values.js'
import { ProtoValues } from './proto-values.js'
import type { Values, ValuesOptions } from './values.js'

/** Made-up values of a schema, whatever its language. */
export function valuesOf(schema: SchemaFile, options: ValuesOptions): Values {
  switch (schema.type) {
    case 'AVRO':
      return new AvroValues(readAvroType(schema.text), options)
    case 'JSON':
      return new JsonValues(schema, options)
    case 'PROTOBUF':
      return new ProtoValues(schema, options)
  }
}
