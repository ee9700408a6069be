export { avroCodec } from './avro/codec.js'
export { avroJsonReader } from './avro/json-encoding.js'
export { AvroBytes } from './avro/transcode/avro-bytes.js'
export type { Transcoder } from './avro/transcode/transcoder.js'
export {
  type CompleteSchema,
  type LatestSchema,
  RegistryClient,
  RegistryClientError,
  type SchemaAnswer,
} from './client.js'
export {
  type Codec,
  type Refusal,
  RefusedError,
  refusalText,
  type UnknownFields,
} from './codec.js'
export { codecOf } from './codecs.js'
export { RegistryError } from './errors.js'
export { jsonCodec } from './json/codec.js'
export { inOneLine } from './one-line.js'
export { plainJsonReader } from './plain-json.js'
export { protobufCodec } from './protobuf/codec.js'
export { isLevel, type Level, levelBreaks, levels } from './registry/level.js'
export { SchemaRegistry } from './registry/registry.js'
export type { SchemaReference, SchemaText, SchemaVersion } from './registry/schema-version.js'
export { RegistryServer, type RegistryServerOptions } from './registry/server.js'
export { type RegistryLog, schemasTopic } from './registry/topic.js'
export {
  type ParsedSchema,
  type ReferencedText,
  SchemaTextError,
  type SchemaType,
  type SchemaTypeName,
} from './schema-type.js'
export { schemaTypes } from './schema-types.js'
export { type StraightPayload, type TypedPayload, typedPayload } from './typed-payload.js'
export { frame, unframe } from './wire.js'
