import { Documents, isObject, readProtoFiles, type SchemaNode } from '@millrace/schema/read'
import type { SchemaSource } from './schema.js'

/** The names of the fields of a schema's events; none where these are no record. */
export function schemaFields({ type, text, referred }: SchemaSource): string[] {
  switch (type) {
    case 'AVRO':
      return avroFields(JSON.parse(text))
    case 'JSON': {
      const documents = new Documents(JSON.parse(text), referred)
      return [...new Set(jsonFields(documents.root, documents, new Set()))]
    }
    case 'PROTOBUF':
      return (
        readProtoFiles(text, referred).file.messages[0]?.fields.map((field) => field.name) ?? []
      )
  }
}

function avroFields(schema: unknown): string[] {
  if (!isObject(schema) || !Array.isArray(schema.fields)) return []
  return schema.fields.flatMap((field: { name?: unknown }) =>
    typeof field.name === 'string' ? [field.name] : [],
  )
}

/** Properties that are described anywhere: of a schema's parts one may have what another has not. */
function jsonFields(node: SchemaNode, documents: Documents, seen: Set<unknown>): string[] {
  const { json } = node
  if (!isObject(json) || seen.has(json)) return []
  seen.add(json)
  const referred = documents.referred(node)
  const branches = ['allOf', 'anyOf', 'oneOf'].flatMap((keyword) => {
    const list = json[keyword]
    return Array.isArray(list) ? list.map((each) => documents.child(node, each)) : []
  })
  return [
    ...Object.keys(isObject(json.properties) ? json.properties : {}),
    ...[...(referred === undefined ? [] : [referred]), ...branches].flatMap((each) =>
      jsonFields(each, documents, seen),
    ),
  ]
}
