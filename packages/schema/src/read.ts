/**
 * Schemas as texts and as trees, without a registry: what a project's files are read and compared
 * with, and made-up values and bindings are made of. It loads no server.
 */

export type { DescEnum, DescField, DescMessage } from '@bufbuild/protobuf'
export { inlineReferences } from './avro/inline.js'
export {
  type Codec,
  type Refusal,
  RefusedError,
  refusalText,
  type UnknownFields,
} from './codec.js'
export { codecOf } from './codecs.js'
export { compactJson } from './json/compact.js'
export {
  Documents,
  isObject,
  readSchemaJson,
  type SchemaJson,
  type SchemaNode,
} from './json/documents.js'
export { JsonParts } from './json/parts.js'
export { type ProtoFiles, readProtoFiles } from './protobuf/files.js'
export { parseProto } from './protobuf/parse.js'
export {
  allFields,
  type ProtoEnum,
  type ProtoField,
  type ProtoFile,
  type ProtoMessage,
} from './protobuf/syntax-tree.js'
export { type ReferredNames, referredNames } from './references.js'
export { isLevel, type Level, levelBreaks, levels } from './registry/level.js'
export type { SchemaReference } from './registry/schema-version.js'
export {
  type ParsedSchema,
  type ReferencedText,
  SchemaTextError,
  type SchemaTypeName,
} from './schema-type.js'
export { schemaTypes } from './schema-types.js'
