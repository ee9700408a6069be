import type { SchemaFile } from '../../project/schema.js'
import { readAvroType } from '../avro-type.js'
import { readJsonType } from '../json-type.js'
import { pascal } from '../pascal.js'
import type { TypeTree } from '../type-tree.js'

/**
 * The types that sources are written for; undefined for Protobuf, whose own compiler writes them.
 * `namespace` is that of types whose schema names none; `base` is the name of the file.
 */
export function schemaTypeTree(
  schema: SchemaFile,
  namespace: string,
  base: string,
): TypeTree | undefined {
  switch (schema.type) {
    case 'AVRO':
      return readAvroType(schema.text)
    case 'JSON':
      return readJsonType(schema, namespace, pascal(base))
    case 'PROTOBUF':
      return undefined
  }
}
