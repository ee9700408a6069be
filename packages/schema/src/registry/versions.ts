/**
 * Every subject and version: what the records of `_schemas` fold into.
 *
 * Invariants, after any prefix of the records:
 * - a schema's id names one (type, text), and a (type, text) has one id;
 * - ids and versions only grow: what was deleted keeps its number, so it is not given again;
 * - a deleted version is not listed, but its id still finds its schema, because events that were
 *   written with it may still be in the log.
 */
import type { RegistryEvent, SchemaVersion } from './record.js'

interface Entry {
  readonly version: SchemaVersion
  readonly deleted: boolean
}

export class Versions {
  /** By subject, then by version number; in the order of the numbers. */
  readonly #subjects = new Map<string, Map<number, Entry>>()
  readonly #byId = new Map<number, SchemaVersion>()
  readonly #idByText = new Map<string, number>()
  #lastId = 0

  /** Folds one more record in. */
  apply(event: RegistryEvent): void {
    switch (event.kind) {
      case 'version':
        this.#put(event.version, event.deleted)
        break
      case 'version-erased':
        this.#subjects.get(event.subject)?.delete(event.version)
        break
      case 'subject-deleted':
        for (const { version } of [...(this.#subjects.get(event.subject)?.values() ?? [])]) {
          if (version.version <= event.upTo) this.#put(version, true)
        }
        break
      case 'other':
        break
    }
  }

  #put(version: SchemaVersion, deleted: boolean): void {
    let subject = this.#subjects.get(version.subject)
    if (subject === undefined) {
      subject = new Map()
      this.#subjects.set(version.subject, subject)
    }
    subject.set(version.version, { version, deleted })
    this.#byId.set(version.id, version)
    this.#idByText.set(textKey(version.schemaType, version.schema), version.id)
    this.#lastId = Math.max(this.#lastId, version.id)
  }

  /** Names of subjects with at least one version, sorted. */
  subjects(): string[] {
    return [...this.#subjects.keys()].filter((name) => this.of(name).length > 0).sort()
  }

  /** Versions of a subject in their order; none when there is no such subject. */
  of(subject: string): SchemaVersion[] {
    const entries = [...(this.#subjects.get(subject)?.values() ?? [])]
    return entries
      .filter((entry) => !entry.deleted)
      .map((entry) => entry.version)
      .sort((a, b) => a.version - b.version)
  }

  /** Any version with this id. */
  byId(id: number): SchemaVersion | undefined {
    return this.#byId.get(id)
  }

  /** Versions, in all subjects, with this id. */
  withId(id: number): SchemaVersion[] {
    return this.subjects().flatMap((name) => this.of(name).filter((each) => each.id === id))
  }

  /** The id that a schema has, or is to have. */
  idFor(schemaType: string, schema: string): number {
    return this.#idByText.get(textKey(schemaType, schema)) ?? this.#lastId + 1
  }

  /** The version number that a subject gives next. */
  nextVersion(subject: string): number {
    return Math.max(0, ...(this.#subjects.get(subject)?.keys() ?? [])) + 1
  }
}

function textKey(schemaType: string, schema: string): string {
  return `${schemaType} ${schema}`
}
