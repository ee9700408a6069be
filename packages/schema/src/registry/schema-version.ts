/** A JSON object whose members are kept as they are. */
export type JsonObject = { readonly [member: string]: unknown }

/** Another schema that a schema refers to, under the name that its text uses for it. */
export interface SchemaReference {
  readonly name: string
  /** Without a context: in the context of the schema that refers to it. */
  readonly subject: string
  readonly version: number
}

/** A schema as a client sends it. */
export interface SchemaText {
  schema: string
  /** AVRO where it is absent. */
  schemaType?: string
  references?: readonly SchemaReference[]
  /** Tags and properties about the schema; they belong to its identity. */
  metadata?: JsonObject
  /** Rules that clients apply to values; they belong to its identity. */
  ruleSet?: JsonObject
}

/** One version of a subject. */
export interface SchemaVersion extends SchemaText {
  /** Qualified: `:.context:name` outside of the default context. */
  readonly subject: string
  /** From 1. */
  readonly version: number
  /** Of one identity within a context, in every subject. */
  readonly id: number
  /** Canonical text. */
  readonly schema: string
  /** AVRO, JSON or PROTOBUF. */
  readonly schemaType: string
}

/** What makes two schemas the same: they share an id within a context. */
export function identityOf(text: SchemaText): string {
  const { schema, schemaType = 'AVRO', references = [], metadata, ruleSet } = text
  const named = references.map(({ name, subject, version }) => [name, subject, version])
  return JSON.stringify([schemaType, schema, named, metadata ?? null, ruleSet ?? null])
}
