import { compactJson } from '@millrace/schema/read'
import type { SchemaFile } from '../../project/schema.js'

/** The text of a schema as bindings carry it: JSON without white space, Protobuf as it is. */
export function schemaText({ type, text }: SchemaFile): string {
  return type === 'PROTOBUF' ? text : compactJson(text)
}
