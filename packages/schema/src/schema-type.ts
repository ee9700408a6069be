/**
 * The port of a language that schemas are written in: Avro, JSON Schema, Protobuf. The registry
 * decides with it and knows nothing else of the language.
 *
 * `parse` is given what a schema refers to, every text after the texts that it refers to itself;
 * a schema is complete with them. What it returns has no state and may be kept and shared.
 */

/** A text that is no schema of its language. The message says why. */
export class SchemaTextError extends Error {
  override readonly name = 'SchemaTextError'
}

/** Languages of schemas, as clients name them. */
export type SchemaTypeName = 'AVRO' | 'JSON' | 'PROTOBUF'

/** A schema that another one refers to by a name: a type's, a URI, a file's. */
export interface ReferencedText {
  readonly name: string
  readonly text: string
}

/** A schema that was read. */
export interface ParsedSchema {
  /** One text for all ways to write the same schema: its identity, and what is stored. */
  readonly canonical: string
  /** The same for schemas that differ in what means nothing to a reader, such as order. */
  normalized(): string
  /** The text in a format that a client asks for; canonical where the format is not known. */
  formatted(format: string): string
  /** Why it cannot read what was written with `older`, one line a break; none when it can. */
  backwardBreaks(older: ParsedSchema): string[]
  /** What it changes in `older` other than to add fields that have a default. */
  appendBreaks(older: ParsedSchema): string[]
}

export interface SchemaType {
  /** As clients send it: AVRO, JSON, PROTOBUF. */
  readonly name: string
  /** Reads a schema. Throws a `SchemaTextError` when the text is none. */
  parse(text: string, references: readonly ReferencedText[]): ParsedSchema
}
