/**
 * What the registry answers and decides. A request is answered from what was folded; a write is
 * decided on what is in the log at that moment (`writer.ts`).
 */
import { registryErrors } from '../errors.js'
import { versionMax } from '../limits.js'
import type { ParsedSchema, SchemaType } from '../schema-type.js'
import { schemaTypes } from '../schema-types.js'
import { decideContextDeletion, decideSubjectDeletion, decideVersionDeletion } from './deletion.js'
import { guidOf } from './guid.js'
import { findVersion } from './lookup.js'
import { defaultContext, parseSubject, qualifyWithin } from './qualified-subject.js'
import {
  breaksOf,
  canonical,
  decideRegistration,
  describe,
  type Registration,
  type RegistryState,
} from './registration.js'
import { SchemaTexts } from './schema-texts.js'
import type { JsonObject, SchemaText, SchemaVersion } from './schema-version.js'
import {
  decideConfig,
  decideConfigDeletion,
  decideMode,
  decideModeDeletion,
} from './setting-changes.js'
import { type Config, Settings } from './settings.js'
import type { RegistryLog } from './topic.js'
import { type VersionEntry, Versions, type Visibility } from './versions.js'
import { RegistryWriter } from './writer.js'

export class SchemaRegistry {
  readonly #state: RegistryState
  readonly #writer: RegistryWriter

  private constructor(log: RegistryLog, types: readonly SchemaType[]) {
    const versions = new Versions()
    this.#state = { versions, settings: new Settings(), texts: new SchemaTexts(types, versions) }
    this.#writer = new RegistryWriter(log, this.#state)
  }

  /** A registry with everything that is in the log. */
  static async open(
    log: RegistryLog,
    types: readonly SchemaType[] = schemaTypes,
  ): Promise<SchemaRegistry> {
    const registry = new SchemaRegistry(log, types)
    await registry.refresh()
    return registry
  }

  /** Folds what other registries have written. Rejects with 50001 when the log is away. */
  refresh(): Promise<void> {
    return this.#writer.refresh()
  }

  /** Names of the languages that schemas may be in. */
  typeNames(): string[] {
    return this.#state.texts.typeNames()
  }

  /** Names of subjects, sorted; those that begin so in their context, `:*:` for all contexts. */
  subjects(visibility: Visibility = 'present', prefix = ':*:'): string[] {
    const { context, subject } = parseSubject(prefix)
    return this.#state.versions.subjects(visibility).filter((name) => {
      const each = parseSubject(name)
      return (context === '*' || each.context === context) && each.subject.startsWith(subject)
    })
  }

  /** Names of contexts, the default one first. */
  contexts(): string[] {
    return [defaultContext, ...this.#state.versions.contexts()]
  }

  /** The subject that a name stands for, where it is an alias. */
  target(subject: string): string {
    return this.#state.settings.target(subject)
  }

  /** Versions of a subject, oldest first. Throws 40401. */
  versions(subject: string, visibility: Visibility = 'present'): SchemaVersion[] {
    const { versions } = this.#state
    const isKnown = versions.of(subject, visibility === 'present' ? 'present' : 'all').length > 0
    if (!isKnown) throw registryErrors.subjectNotFound(subject)
    return versions.of(subject, visibility)
  }

  /**
   * One version; `which` is a number or `latest`. A bare subject that is not in the default
   * context is looked for in the others. Throws 40401, 40402, 42202.
   */
  version(subject: string, which: string, visibility: Visibility = 'present'): SchemaVersion {
    const number = parseVersion(which)
    for (const name of this.#inContexts(subject)) {
      const seen = this.#state.versions.of(name, visibility)
      const found = number === 'latest' ? seen.at(-1) : seen.find((each) => each.version === number)
      if (found !== undefined) return found
    }
    if (this.#state.versions.of(subject, visibility).length === 0) {
      throw registryErrors.subjectNotFound(subject)
    }
    throw registryErrors.versionNotFound(number === 'latest' ? -1 : number)
  }

  #inContexts(subject: string): string[] {
    if (parseSubject(subject).context !== defaultContext) return [subject]
    return [subject, ...this.#state.versions.contexts().map((each) => `:${each}:${subject}`)]
  }

  /** Whether a version is hidden. */
  isDeleted({ subject, version }: SchemaVersion): boolean {
    return this.#state.versions.entry(subject, version)?.deleted ?? false
  }

  /**
   * A version with this id, in the context of `subject`; a bare subject that has not this id is
   * looked for in the other contexts first. Throws 40403.
   */
  byId(id: number, subject = ''): SchemaVersion {
    const [first] = this.#usesOf(id, subject)
    if (first === undefined) throw registryErrors.schemaIdNotFound(id)
    return first.version
  }

  /** Where the schema with this id is in use, by subject. Throws 40403. */
  usesOf(id: number, subject = '', isDeletedToo = false): SchemaVersion[] {
    const uses = this.#usesOf(id, subject)
    if (uses.length === 0) throw registryErrors.schemaNotFound()
    return uses
      .filter(({ deleted }) => isDeletedToo || !deleted)
      .map(({ version }) => version)
      .sort((a, b) =>
        a.subject === b.subject ? a.version - b.version : a.subject < b.subject ? -1 : 1,
      )
  }

  #usesOf(id: number, subject: string): VersionEntry[] {
    const { versions } = this.#state
    const place = parseSubject(subject)
    const near = versions.usesOf(place.context, id)
    if (place.subject === '' || place.context !== defaultContext) return near
    const isUsed = (uses: VersionEntry[], name: string) =>
      uses.some(({ version }) => version.subject === name)
    if (isUsed(near, subject)) return near
    for (const context of versions.contexts()) {
      const uses = versions.usesOf(context, id)
      if (isUsed(uses, `:${context}:${place.subject}`)) return uses
    }
    return near
  }

  /** A version of the schema with this GUID, of the default context first. Throws 40403. */
  byGuid(guid: string): SchemaVersion {
    const [first] = this.#withGuid(guid)
    if (first === undefined) throw registryErrors.schemaIdNotFound(guid)
    return first
  }

  /** The id of the schema with this GUID in each context that has it. */
  idsOfGuid(guid: string): { context: string; id: number }[] {
    const ids = this.#withGuid(guid).map(({ subject, id }): [string, number] => {
      return [parseSubject(subject).context, id]
    })
    return [...new Map(ids)].map(([context, id]) => ({ context, id }))
  }

  /** By context, the default one first; hidden ones too. */
  #withGuid(guid: string): SchemaVersion[] {
    const { versions } = this.#state
    const contextOf = ({ subject }: SchemaVersion) =>
      this.contexts().indexOf(parseSubject(subject).context)
    return versions
      .subjects('all')
      .flatMap((subject) => versions.of(subject, 'all'))
      .filter((version) => guidOf(version) === guid.toLowerCase())
      .sort((one, other) => contextOf(one) - contextOf(other))
  }

  /** The highest id that was given in the context of a version. */
  maxId({ subject }: SchemaVersion): number {
    return this.#state.versions.lastId(parseSubject(subject).context)
  }

  /** Ids of the schemas that refer to a version, sorted. */
  referrers({ subject, version }: SchemaVersion, isDeletedToo = false): number[] {
    const entries = this.#state.versions
      .referrersOf(subject, version)
      .filter(({ deleted }) => isDeletedToo || !deleted)
    return [...new Set(entries.map(({ version: { id } }) => id))].sort((a, b) => a - b)
  }

  /** A schema read, for its other formats. */
  parsed(version: SchemaVersion): ParsedSchema {
    return this.#state.texts.parse(version.subject, version)
  }

  /** The version of `subject` that has this schema. Throws 40401, 40403, 42201. */
  lookup(
    subject: string,
    request: SchemaText,
    options: { normalize?: boolean; isDeletedToo?: boolean } = {},
  ): SchemaVersion {
    const visibility = options.isDeletedToo ? 'all' : 'present'
    for (const name of this.#inContexts(subject)) {
      const asked = { visibility, normalize: options.normalize === true } as const
      const found = findVersion(this.#state, name, request, asked)
      if (found !== undefined) return found
    }
    if (this.#state.versions.of(subject, visibility).length === 0) {
      throw registryErrors.subjectNotFound(subject)
    }
    throw registryErrors.schemaNotFound()
  }

  /** What breaks when a schema follows the version `which` of `subject`, or all for undefined. */
  compatibility(
    subject: string,
    request: SchemaText & { normalize?: boolean },
    which?: string,
  ): string[] {
    const { versions, settings } = this.#state
    const older = versions.of(subject)
    const number = which === undefined ? undefined : parseVersion(which)
    let compared = older
    if (number === 'latest') compared = older.slice(-1)
    else if (number !== undefined) {
      compared = older.filter((each) => each.version === number)
      if (compared.length === 0) throw registryErrors.versionNotFound(number)
    }
    const normalize = request.normalize === true || settings.configFor(subject).normalize === true
    const read = canonical(this.#state, subject, request, normalize)
    return describe(this.#state, subject, breaksOf(this.#state, subject, read, compared))
  }

  /** Throws 42201, 42205, 42208, 409. */
  register(subject: string, request: Registration): Promise<SchemaVersion> {
    return this.#writer.write((state) => decideRegistration(state, subject, request))
  }

  /** Hides a version, or erases a hidden one. Throws 40401, 40402, 40406, 40407, 42205, 42206. */
  deleteVersion(subject: string, which: string, isPermanent: boolean): Promise<number> {
    const number = parseVersion(which)
    return this.#writer.write((state) => decideVersionDeletion(state, subject, number, isPermanent))
  }

  /** Hides a subject, or erases a hidden one. Throws 40401, 40404, 40405, 42205, 42206. */
  deleteSubject(subject: string, isPermanent: boolean): Promise<number[]> {
    return this.#writer.write((state) => decideSubjectDeletion(state, subject, isPermanent))
  }

  /** Takes an empty context away. Throws 42211. */
  deleteContext(name: string): Promise<void> {
    return this.#writer.write((state) => decideContextDeletion(state, name))
  }

  /** The config of a subject or ('') the registry; what holds for it where `isInScope`. */
  config(subject: string, isInScope: boolean): Config {
    const { settings } = this.#state
    const config = isInScope ? settings.configFor(subject) : settings.config(subject)
    if (config === undefined) throw registryErrors.noSubjectConfig(subject)
    return config
  }

  /** Changes a config. Throws 42203, 42205, 42208. */
  putConfig(subject: string, request: JsonObject): Promise<Config> {
    return this.#writer.write((state) => decideConfig(state, subject, request))
  }

  /** Takes a config away. Throws 40401, 42205. */
  deleteConfig(subject: string): Promise<Config> {
    return this.#writer.write((state) => decideConfigDeletion(state, subject))
  }

  /** The mode of a subject or ('') the registry; what holds for it where `isInScope`. */
  mode(subject: string, isInScope: boolean): string {
    const { settings } = this.#state
    const mode = isInScope ? settings.modeFor(subject) : settings.mode(subject)
    if (mode === undefined) throw registryErrors.noSubjectMode(subject)
    return mode
  }

  /** Changes a mode. Throws 42204, 42205, 42208. */
  putMode(subject: string, mode: unknown, isForced: boolean): Promise<string | undefined> {
    return this.#writer.write((state) => decideMode(state, subject, mode, isForced))
  }

  /** Takes a mode away. Throws 40401. */
  deleteMode(subject: string, isRecursive: boolean): Promise<string | undefined> {
    return this.#writer.write((state) => decideModeDeletion(state, subject, isRecursive))
  }

  /** A version's references as seen from outside of its context. */
  qualifiedReferences({ subject, references = [] }: SchemaVersion) {
    return references.map((each) => ({ ...each, subject: qualifyWithin(subject, each.subject) }))
  }
}

function parseVersion(which: string): number | 'latest' {
  if (which === 'latest' || which === '-1') return 'latest'
  const number = Number(which)
  if (/^\d+$/.test(which) && number >= 1 && number <= versionMax) return number
  throw registryErrors.invalidVersion(which)
}
