export { avroCodec } from './avro/codec.js'
export { SchemaTextError } from './avro/schema.js'
export { type LatestSchema, RegistryClient, RegistryClientError } from './client.js'
export { type Codec, type Refusal, RefusedError, refusalText } from './codec.js'
export { RegistryError } from './errors.js'
export type { SchemaVersion } from './registry/record.js'
export {
  type RegistryLog,
  SchemaRegistry,
  type SchemaText,
} from './registry/registry.js'
export { RegistryServer, type RegistryServerOptions } from './registry/server.js'
export { schemasTopic } from './registry/topic.js'
export { frame, unframe } from './wire.js'
