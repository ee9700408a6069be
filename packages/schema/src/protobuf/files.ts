/** A .proto file with the files that it imports. */
import type { DescFile, FileRegistry } from '@bufbuild/protobuf'
import type { FileDescriptorProto } from '@bufbuild/protobuf/wkt'
import { type ReferencedText, SchemaTextError } from '../schema-type.js'
import { fromDescriptor } from './from-descriptor.js'
import { parseProto } from './parse.js'
import { protobuf, protobufTypes } from './runtime.js'
import type { ProtoFile } from './syntax-tree.js'
import { toDescriptor } from './to-descriptor.js'
import { Types } from './types.js'
import { googleDescriptor, wellKnown } from './well-known.js'

/** What the file itself is called; a client may call it otherwise. */
const ownPath = 'default.proto'

export interface ProtoFiles {
  readonly main: ProtoFile
  /** Of the file and of all that it imports, directly or not. */
  readonly types: Types
  readonly descriptor: FileDescriptorProto
  readonly registry: FileRegistry
  readonly file: DescFile
}

/**
 * Reads a schema, as text or as a base64 `FileDescriptorProto`, with its imports: references by
 * their paths, and well-known files. Throws a `SchemaTextError`.
 */
export function readProtoFiles(text: string, references: readonly ReferencedText[]): ProtoFiles {
  const main = readProto(text)
  const referenced = new Map(references.map(({ name, text: each }) => [name, each]))
  const imported = new Map<string, ProtoFile>()
  const visit = (file: ProtoFile) => {
    for (const { path } of file.imports) {
      if (imported.has(path)) continue
      const own = referenced.get(path)
      const found = own === undefined ? wellKnown(path) : readProto(own)
      if (found === undefined) {
        throw new SchemaTextError(`import "${path}" is not among the references`)
      }
      imported.set(path, found)
      visit(found)
    }
  }
  visit(main)
  const types = new Types([main, ...imported.values()])
  const descriptor = toDescriptor(main, ownPath, types)
  const resolve = (path: string) => {
    const file = imported.get(path)
    return googleDescriptor(path) ?? (file && toDescriptor(file, path, types))
  }
  const { create, createFileRegistry } = protobuf()
  try {
    const set = create(protobufTypes().FileDescriptorSetSchema, {
      file: inOrder(descriptor, resolve),
    })
    const registry = createFileRegistry(set)
    const file = registry.getFile(ownPath)
    if (file === undefined) throw new SchemaTextError('it describes nothing')
    return { main, types, descriptor, registry, file }
  } catch (cause) {
    if (cause instanceof SchemaTextError) throw cause
    throw new SchemaTextError(cause instanceof Error ? cause.message : String(cause), { cause })
  }
}

/** A file after all that it imports, each once: several may import the same. */
function inOrder(
  descriptor: FileDescriptorProto,
  resolve: (path: string) => FileDescriptorProto | undefined,
): FileDescriptorProto[] {
  const ordered: FileDescriptorProto[] = []
  const seen = new Set<string>()
  const visit = (each: FileDescriptorProto) => {
    for (const path of each.dependency) {
      if (seen.has(path)) continue
      seen.add(path)
      const imported = resolve(path)
      if (imported !== undefined) visit(imported)
    }
    ordered.push(each)
  }
  visit(descriptor)
  return ordered
}

/** A schema as text, or as a base64 `FileDescriptorProto`. Throws a `SchemaTextError`. */
export function readProto(text: string): ProtoFile {
  // No .proto text is only letters of base64: it has at least a semicolon or a brace.
  if (!/^[A-Za-z0-9+/\s]+=*\s*$/.test(text)) return parseProto(text)
  try {
    const { FileDescriptorProtoSchema } = protobufTypes()
    const bytes = Buffer.from(text, 'base64')
    return fromDescriptor(protobuf().fromBinary(FileDescriptorProtoSchema, bytes))
  } catch (cause) {
    if (cause instanceof SchemaTextError) throw cause
    throw new SchemaTextError('it is neither a .proto text nor a file descriptor', { cause })
  }
}
