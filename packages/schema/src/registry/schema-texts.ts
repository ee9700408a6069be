import { registryErrors } from '../errors.js'
import { parsedSchemasMax } from '../limits.js'
import {
  type ParsedSchema,
  type ReferencedText,
  SchemaTextError,
  type SchemaType,
} from '../schema-type.js'
import { qualifyWithin } from './qualified-subject.js'
import { identityOf, type SchemaReference, type SchemaText } from './schema-version.js'
import type { Versions } from './versions.js'

/** Reads schemas with what they refer to, and remembers those that were read last. */
export class SchemaTexts {
  readonly #types: ReadonlyMap<string, SchemaType>
  readonly #versions: Versions
  readonly #parsed = new Map<string, ParsedSchema>()

  constructor(types: readonly SchemaType[], versions: Versions) {
    this.#types = new Map(types.map((type) => [type.name, type]))
    this.#versions = versions
  }

  /** Names of the languages that are understood. */
  typeNames(): string[] {
    return [...this.#types.keys()]
  }

  /** Reads a schema of `subject`. Throws 42201. */
  parse(subject: string, text: SchemaText): ParsedSchema {
    const { schemaType = 'AVRO', schema, references = [] } = text
    const type = this.#types.get(schemaType)
    if (type === undefined) throw registryErrors.invalidSchema(`Invalid schema type ${schemaType}`)
    if (schema.trim() === '') throw registryErrors.invalidSchema('Empty schema')
    const qualified = this.pinned(subject, references).map((each) => {
      return { ...each, subject: qualifyWithin(subject, each.subject) }
    })
    const key = identityOf({ schema, schemaType, references: qualified })
    const known = this.#parsed.get(key)
    if (known !== undefined) return known
    let parsed: ParsedSchema
    try {
      parsed = type.parse(schema, this.#referencedTexts(subject, qualified))
    } catch (cause) {
      if (cause instanceof SchemaTextError) throw registryErrors.invalidSchema(cause.message)
      throw cause
    }
    const [oldest] = this.#parsed.keys()
    if (this.#parsed.size >= parsedSchemasMax && oldest !== undefined) this.#parsed.delete(oldest)
    this.#parsed.set(key, parsed)
    return parsed
  }

  /** References with the number of the latest version for -1. Throws 42201. */
  pinned(subject: string, references: readonly SchemaReference[]): SchemaReference[] {
    return references.map(({ name, subject: target, version }) => {
      if (version !== -1) return { name, subject: target, version }
      const latest = this.#versions.of(qualifyWithin(subject, target)).at(-1)
      if (latest === undefined) throw missing(target, version)
      return { name, subject: target, version: latest.version }
    })
  }

  /** Every text that is referred to, once, after those that it refers to itself. */
  #referencedTexts(subject: string, references: readonly SchemaReference[]): ReferencedText[] {
    const found = new Map<string, string>()
    const visited = new Set<string>()
    const visit = (parent: string, list: readonly SchemaReference[]) => {
      for (const { name, subject: target, version } of list) {
        if (visited.has(name)) continue
        visited.add(name)
        const entry = this.#versions.entry(qualifyWithin(parent, target), version)
        if (entry === undefined) throw missing(target, version)
        visit(entry.version.subject, entry.version.references ?? [])
        found.set(name, entry.version.schema)
      }
    }
    visit(subject, references)
    return [...found].map(([name, text]) => ({ name, text }))
  }
}

function missing(subject: string, version: number) {
  return registryErrors.invalidSchema(
    `No schema reference found for subject "${subject}" and version ${version}`,
  )
}
