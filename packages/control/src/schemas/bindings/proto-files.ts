import type { BindingFile, BindingSource } from './bindings.js'
import { usedSchemas } from './names.js'

/**
 * The .proto files of topics and of what they import, as they are in the project: for protoc, which
 * makes the types of any language from them.
 */
export function protoFiles(source: BindingSource): BindingFile[] {
  const files = new Map<string, string>()
  const visit = (file: string) => {
    const schema = source.schemas.find((each) => each.file === file)
    if (schema === undefined || files.has(file)) return
    files.set(file, schema.text)
    for (const reference of schema.references) visit(reference.file)
  }
  for (const { schema } of usedSchemas(source)) if (schema.type === 'PROTOBUF') visit(schema.file)
  return [...files]
    .map(([path, text]) => ({ path, text }))
    .sort((a, b) => (a.path < b.path ? -1 : 1))
}
