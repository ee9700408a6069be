import { avroType } from './avro/type.js'
import { jsonType } from './json/type.js'
import { protobufType } from './protobuf/type.js'
import type { SchemaType } from './schema-type.js'

/** The languages that the registry understands, in the order in which it lists them. */
export const schemaTypes: readonly SchemaType[] = [avroType, jsonType, protobufType]
