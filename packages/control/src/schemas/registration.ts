/** Schemas of files into a registry, each after those that it refers to. */
import type { RegistryClient } from '@millrace/schema/client'
import type { SchemaReference } from '@millrace/schema/read'
import type { SchemaFile } from '../project/schema.js'

/** Where a registry keeps a schema. */
export interface Registration {
  subject: string
  /** The file of the schema. */
  file: string
  id: number
  version: number
  /** The subject did not have it before. */
  isNew: boolean
}

/**
 * Registers schemas of a folder. What several refer to is registered once, under the name of its
 * file; to do so again changes nothing.
 */
export class Registrations {
  readonly #registry: RegistryClient
  readonly #byFile: ReadonlyMap<string, SchemaFile>
  readonly #referred = new Map<string, Promise<Registration>>()
  readonly #done: Registration[] = []

  constructor(registry: RegistryClient, schemas: readonly SchemaFile[]) {
    this.#registry = registry
    this.#byFile = new Map(schemas.map((schema) => [schema.file, schema]))
  }

  /** What was registered, in that order. */
  get done(): readonly Registration[] {
    return this.#done
  }

  /** Rejects with a `RegistryClientError`. */
  async register(subject: string, schema: SchemaFile): Promise<Registration> {
    const references = await this.#references(schema)
    const { file, text, type } = schema
    const before = await this.#registry.versions(subject)
    const id = await this.#registry.register(subject, text, type, references)
    const found = await this.#registry.registered(subject, text, type, references)
    const version = found?.version ?? 1
    const registration = { subject, file, id, version, isNew: !before.includes(version) }
    this.#done.push(registration)
    return registration
  }

  async #references(schema: SchemaFile): Promise<SchemaReference[]> {
    const references: SchemaReference[] = []
    for (const { name, file } of schema.references) {
      const { version } = await this.#registerReferred(file)
      references.push({ name, subject: file, version })
    }
    return references
  }

  #registerReferred(file: string): Promise<Registration> {
    const known = this.#referred.get(file)
    if (known !== undefined) return known
    const schema = this.#byFile.get(file)
    if (schema === undefined) throw new Error(`The folder has no schema ${file}.`)
    const registered = this.register(file, schema)
    this.#referred.set(file, registered)
    return registered
  }
}

/**
 * The references of a schema as a registry has them already; undefined where one is not there
 * with the text that it has in the folder.
 */
export async function registeredReferences(
  registry: RegistryClient,
  schema: SchemaFile,
  schemas: readonly SchemaFile[],
): Promise<SchemaReference[] | undefined> {
  const references: SchemaReference[] = []
  for (const { name, file } of schema.references) {
    const target = schemas.find((each) => each.file === file)
    const inner = target && (await registeredReferences(registry, target, schemas))
    if (target === undefined || inner === undefined) return undefined
    const found = await registry.registered(file, target.text, target.type, inner)
    if (found === undefined) return undefined
    references.push({ name, subject: file, version: found.version })
  }
  return references
}
