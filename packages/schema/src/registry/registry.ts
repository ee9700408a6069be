/**
 * What the registry decides. A request is answered from the folded versions; a new version is a
 * record that is appended first and folded when it is in the log, so that what was answered is
 * what a restart finds. Registrations wait for one another: each must see the one before it.
 */
import { canonicalAvro } from '../avro/canonical.js'
import { backwardBreaks } from '../avro/compatibility.js'
import { type ParsedSchema, parseAvro, SchemaTextError } from '../avro/schema.js'
import { registryErrors } from '../errors.js'
import { versionMax } from '../limits.js'
import { readRecord, type SchemaVersion, versionRecord } from './record.js'
import { Versions } from './versions.js'

/** Where the registry's records are kept. There is one writer: the registry itself. */
export interface RegistryLog {
  /** Hands over every record that is there now, from the first one on. */
  replay(each: (key: Buffer | null, value: Buffer | null, offset: number) => void): Promise<void>
  /** Resolves when the record is in the log for good. */
  append(key: Buffer, value: Buffer): Promise<void>
}

/** A schema as a client sends it. */
export interface SchemaText {
  schema: string
  schemaType?: string
}

export class SchemaRegistry {
  readonly #log: RegistryLog
  readonly #versions = new Versions()
  /** The last registration that was begun; the next one waits for it. */
  #last: Promise<unknown> = Promise.resolve()
  /** An append failed, and may be in the log all the same: fold again before the next one. */
  #unsure = false

  private constructor(log: RegistryLog) {
    this.#log = log
  }

  /** A registry with everything that is in the log. */
  static async open(log: RegistryLog): Promise<SchemaRegistry> {
    const registry = new SchemaRegistry(log)
    await registry.#refold()
    return registry
  }

  /** Folds all records in; to fold one twice changes nothing. */
  async #refold(): Promise<void> {
    await this.#log.replay((key, value, offset) => {
      try {
        this.#versions.apply(readRecord(key, value))
      } catch (cause) {
        const why = cause instanceof Error ? cause.message : String(cause)
        throw registryErrors.store(
          `the record at offset ${offset} of the schemas topic cannot be read: ${why}`,
        )
      }
    })
    this.#unsure = false
  }

  /** Names of all subjects, sorted. */
  subjects(): string[] {
    return this.#versions.subjects()
  }

  /** All versions of a subject, oldest first. Throws 40401. */
  versions(subject: string): SchemaVersion[] {
    const versions = this.#versions.of(subject)
    if (versions.length === 0) throw registryErrors.subjectNotFound(subject)
    return versions
  }

  /** One version; `which` is a number or `latest`. Throws 40401, 40402, 42202. */
  version(subject: string, which: string): SchemaVersion {
    const number = parseVersion(which)
    const versions = this.versions(subject)
    const found =
      number === 'latest' ? versions.at(-1) : versions.find((each) => each.version === number)
    if (found === undefined) throw registryErrors.versionNotFound(Number(which))
    return found
  }

  /** The schema with this id. Throws 40403. */
  byId(id: number): SchemaVersion {
    const found = this.#versions.byId(id)
    if (found === undefined) throw registryErrors.schemaIdNotFound(id)
    return found
  }

  /** Where the schema with this id is in use. Throws 40403. */
  usesOf(id: number): SchemaVersion[] {
    this.byId(id)
    return this.#versions.withId(id)
  }

  /** The version of `subject` that has this schema. Throws 40401, 40403, 42201. */
  lookup(subject: string, text: SchemaText): SchemaVersion {
    const { canonical } = read(text)
    const versions = this.versions(subject)
    const found = versions.find((each) => each.schema === canonical)
    if (found === undefined) throw registryErrors.schemaNotFound()
    return found
  }

  /**
   * The version of `subject` with this schema: the one that is there, or a new one, when it can
   * read what the latest one wrote. Throws 42201, 409.
   */
  register(subject: string, text: SchemaText): Promise<SchemaVersion> {
    const { canonical } = read(text)
    const registration = this.#last.then(() => this.#register(subject, canonical))
    this.#last = registration.catch(() => {})
    return registration
  }

  async #register(subject: string, schema: string): Promise<SchemaVersion> {
    if (this.#unsure) await this.#refold()
    const versions = this.#versions.of(subject)
    const existing = versions.find((each) => each.schema === schema)
    if (existing !== undefined) return existing
    const latest = versions.at(-1)
    if (latest !== undefined) {
      const breaks =
        latest.schemaType === 'AVRO'
          ? backwardBreaks(schema, latest.schema)
          : [`the schema type changed from ${latest.schemaType} to AVRO`]
      if (breaks.length > 0) throw registryErrors.incompatible(subject, latest.version, breaks)
    }

    const made: SchemaVersion = {
      subject,
      version: this.#versions.nextVersion(subject),
      id: this.#versions.idFor('AVRO', schema),
      schema,
      schemaType: 'AVRO',
    }
    const record = versionRecord(made)
    try {
      await this.#log.append(record.key, record.value)
    } catch (cause) {
      this.#unsure = true
      throw registryErrors.store(cause instanceof Error ? cause.message : String(cause))
    }
    this.#versions.apply(readRecord(record.key, record.value))
    return made
  }
}

function parseVersion(which: string): number | 'latest' {
  if (which === 'latest' || which === '-1') return 'latest'
  const number = Number(which)
  if (/^\d+$/.test(which) && number >= 1 && number <= versionMax) return number
  throw registryErrors.invalidVersion(which)
}

function read({ schema, schemaType = 'AVRO' }: SchemaText): { canonical: string } {
  if (schemaType !== 'AVRO') {
    throw registryErrors.invalidSchema(`the type ${schemaType} is not known here; AVRO is`)
  }
  if (schema.trim() === '') throw registryErrors.invalidSchema('it is empty')
  let parsed: ParsedSchema
  try {
    parsed = parseAvro(schema)
  } catch (cause) {
    if (cause instanceof SchemaTextError) throw registryErrors.invalidSchema(cause.message)
    throw cause
  }
  return { canonical: canonicalAvro(parsed.json) }
}
