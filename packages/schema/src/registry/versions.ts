/**
 * Every subject and version: what the records of `_schemas` fold into.
 *
 * Invariants, after any prefix of the records:
 * - within a context an id names one identity (type, text, references, metadata, rules), and an
 *   identity that is in use has one id;
 * - ids only grow: one that was given is not given again, whatever was deleted or compacted;
 * - a deleted version is not listed, but its id still finds its schema, because events that were
 *   written with it may still be in the log. Only what was erased (deleted for good, on purpose)
 *   is not found any longer.
 */
import { parseSubject, qualifyWithin } from './qualified-subject.js'
import type { RegistryEvent } from './record.js'
import { identityOf, type SchemaText, type SchemaVersion } from './schema-version.js'

/** A version, and whether it is hidden. */
export interface VersionEntry {
  readonly version: SchemaVersion
  readonly deleted: boolean
}

/** Which versions are looked at. */
export type Visibility = 'present' | 'all' | 'deleted'

/** Ids of one context. */
class Ids {
  last = 0
  /** Versions that have an id, hidden ones too, in the order in which they came. */
  readonly uses = new Map<number, Map<string, VersionEntry>>()
  readonly byIdentity = new Map<string, number>()
}

export class Versions {
  /** By subject, then by version number. */
  readonly #subjects = new Map<string, Map<number, VersionEntry>>()
  readonly #ids = new Map<string, Ids>()
  /** Keys of versions that refer to a version, by the key of that one. */
  readonly #referrers = new Map<string, Set<string>>()
  readonly #contexts = new Set<string>()

  /** Folds one more record in; to fold one twice changes nothing. */
  apply(event: RegistryEvent): void {
    switch (event.kind) {
      case 'version':
        this.#put(event.version, event.deleted)
        break
      case 'version-erased':
        this.#erase(event.subject, event.version)
        break
      case 'subject-deleted':
        for (const { version } of [...(this.#subjects.get(event.subject)?.values() ?? [])]) {
          if (version.version <= event.upTo) this.#put(version, true)
        }
        break
      case 'context':
        if (event.exists) this.#contexts.add(event.context)
        else this.#contexts.delete(event.context)
        break
      case 'ids-given':
        for (const [context, last] of event.lastIds) {
          const ids = this.#idsOf(context)
          ids.last = Math.max(ids.last, last)
        }
        break
      default:
        break
    }
  }

  #put(version: SchemaVersion, deleted: boolean): void {
    const { subject, id } = version
    const before = this.#subjects.get(subject)?.get(version.version)
    if (before !== undefined) this.#erase(subject, version.version, before.version.id !== id)
    let versions = this.#subjects.get(subject)
    if (versions === undefined) {
      versions = new Map()
      this.#subjects.set(subject, versions)
    }
    const entry = { version, deleted }
    versions.set(version.version, entry)

    const ids = this.#idsOf(parseSubject(subject).context)
    const uses = ids.uses.get(id) ?? new Map<string, VersionEntry>()
    uses.set(keyOf(subject, version.version), entry)
    ids.uses.set(id, uses)
    const identity = identityOf(version)
    if (!ids.byIdentity.has(identity)) ids.byIdentity.set(identity, id)
    ids.last = Math.max(ids.last, id)
    for (const key of referredBy(version)) {
      const referrers = this.#referrers.get(key) ?? new Set()
      referrers.add(keyOf(subject, version.version))
      this.#referrers.set(key, referrers)
    }
  }

  #erase(subject: string, number: number, forgetId = true): void {
    const versions = this.#subjects.get(subject)
    const entry = versions?.get(number)
    if (versions === undefined || entry === undefined) return
    versions.delete(number)
    if (versions.size === 0) this.#subjects.delete(subject)
    const key = keyOf(subject, number)
    for (const target of referredBy(entry.version)) this.#referrers.get(target)?.delete(key)
    const ids = this.#idsOf(parseSubject(subject).context)
    const uses = ids.uses.get(entry.version.id)
    if (!forgetId) return
    uses?.delete(key)
    if (uses?.size !== 0) return
    ids.uses.delete(entry.version.id)
    ids.byIdentity.delete(identityOf(entry.version))
  }

  #idsOf(context: string): Ids {
    const known = this.#ids.get(context)
    if (known !== undefined) return known
    const made = new Ids()
    this.#ids.set(context, made)
    return made
  }

  /** Names of subjects with a version that is seen, sorted. */
  subjects(visibility: Visibility = 'present'): string[] {
    const names = [...this.#subjects.keys()].sort()
    if (visibility === 'all') return names
    return names.filter((name) => {
      const present = this.of(name).length > 0
      return visibility === 'present' ? present : !present
    })
  }

  /** Versions of a subject in their order; none when there is no such subject. */
  of(subject: string, visibility: Visibility = 'present'): SchemaVersion[] {
    return this.entriesOf(subject)
      .filter(({ deleted }) => visibility === 'all' || deleted === (visibility === 'deleted'))
      .map(({ version }) => version)
  }

  /** All versions of a subject in their order, with what hides them. */
  entriesOf(subject: string): VersionEntry[] {
    const entries = [...(this.#subjects.get(subject)?.values() ?? [])]
    return entries.sort((a, b) => a.version.version - b.version.version)
  }

  /** A version of a subject, hidden or not. */
  entry(subject: string, version: number): VersionEntry | undefined {
    return this.#subjects.get(subject)?.get(version)
  }

  /** All versions in a context that have an id, hidden ones too. */
  usesOf(context: string, id: number): VersionEntry[] {
    return [...(this.#ids.get(context)?.uses.get(id)?.values() ?? [])]
  }

  /** The id that a schema has in a context; undefined when it is in no subject there. */
  idOf(context: string, text: SchemaText): number | undefined {
    return this.#ids.get(context)?.byIdentity.get(identityOf(text))
  }

  /** The highest id that was ever given in a context. */
  lastId(context: string): number {
    return this.#ids.get(context)?.last ?? 0
  }

  /** The highest ids of all contexts. */
  lastIds(): Map<string, number> {
    return new Map([...this.#ids].map(([context, { last }]) => [context, last]))
  }

  /** The version number that a subject gives next. */
  nextVersion(subject: string): number {
    return Math.max(0, ...(this.#subjects.get(subject)?.keys() ?? [])) + 1
  }

  /** Versions that refer to a version, hidden ones too. */
  referrersOf(subject: string, version: number): VersionEntry[] {
    const keys = [...(this.#referrers.get(keyOf(subject, version)) ?? [])]
    return keys.flatMap((key) => {
      const [name, number] = JSON.parse(key) as [string, number]
      return this.entry(name, number) ?? []
    })
  }

  /** Names of contexts other than the default one. */
  contexts(): string[] {
    return [...this.#contexts].sort()
  }

  /** Whether a context is known. */
  hasContext(context: string): boolean {
    return this.#contexts.has(context)
  }
}

function keyOf(subject: string, version: number): string {
  return JSON.stringify([subject, version])
}

function referredBy({ subject, references = [] }: SchemaVersion): string[] {
  return references.map((each) => keyOf(qualifyWithin(subject, each.subject), each.version))
}
