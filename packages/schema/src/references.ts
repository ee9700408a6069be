import { avroReferredNames } from './avro/referred-names.js'
import { jsonReferredNames } from './json/referred-names.js'
import { protoReferredNames } from './protobuf/referred-names.js'
import type { SchemaTypeName } from './schema-type.js'

/** What a schema and others know each other by: names of types, URIs, paths of files. */
export interface ReferredNames {
  /** What it refers to and does not hold itself, each once. */
  readonly uses: readonly string[]
  /** The names under which others may refer to it, beside the name of its file. */
  readonly offers: readonly string[]
}

/** Reads the names alone, so that the schemas behind them can be found. Throws a `SchemaTextError`. */
export function referredNames(schemaType: SchemaTypeName, text: string): ReferredNames {
  switch (schemaType) {
    case 'AVRO':
      return avroReferredNames(text)
    case 'JSON':
      return jsonReferredNames(text)
    case 'PROTOBUF':
      return protoReferredNames(text)
  }
}
