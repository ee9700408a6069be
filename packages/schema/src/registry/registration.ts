/**
 * What happens when a schema is registered. A decision is made from what is folded; it changes
 * nothing itself, but says which records make it true.
 */
import { registryErrors } from '../errors.js'
import { versionMax } from '../limits.js'
import type { ParsedSchema } from '../schema-type.js'
import { type LevelBreak, levelBreaks } from './level.js'
import { defaultContext, isValidSubject, parseSubject } from './qualified-subject.js'
import { contextRecord, type RegistryRecord, versionErasedRecord, versionRecord } from './record.js'
import type { SchemaTexts } from './schema-texts.js'
import type { JsonObject, SchemaText, SchemaVersion } from './schema-version.js'
import type { Config, Settings } from './settings.js'
import type { Versions } from './versions.js'

/** What the registry knows. */
export interface RegistryState {
  readonly versions: Versions
  readonly settings: Settings
  readonly texts: SchemaTexts
}

/** The records that make a decision true, all or none, and what is answered when they are in. */
export interface Decision<T> {
  readonly records: readonly RegistryRecord[]
  readonly answer: T
}

/** A schema to register. */
export interface Registration extends SchemaText {
  /** With an id of its own: only while the subject is in mode IMPORT. */
  id?: number
  /** The number that the new version is to have; the next one where it is absent. */
  version?: number
  normalize?: boolean
}

/** The version of `subject` with this schema: one that is there, or a new one. */
export function decideRegistration(
  state: RegistryState,
  subject: string,
  request: Registration,
): Decision<SchemaVersion> {
  const { versions, settings } = state
  if (!isValidSubject(subject)) throw registryErrors.invalidSubject(subject)
  const { context } = parseSubject(subject)
  const isImport = checkMode(settings, subject, request.id)
  const config = settings.configFor(subject)
  const present = versions.of(subject)
  const nextVersion = versions.nextVersion(subject)
  const wantsVersion = request.version !== undefined && request.version > 0

  const populated = isImport ? request : populate(config, request, present.at(-1))
  if (populated.schema.trim() === '') throw registryErrors.invalidSchema('Empty schema')
  const normalize = request.normalize === true || config.normalize === true
  const { text, parsed } = canonical(state, subject, populated, normalize && !isImport)

  let id = request.id
  const known = versions.idOf(context, text)
  if (known !== undefined && (id === undefined || id === known)) {
    const same = present.find((each) => each.id === known)
    if (same !== undefined && !wantsVersion) return { records: [], answer: same }
    id = known
  }
  if (!isImport) {
    const breaks = breaksOf(state, subject, { text, parsed }, present)
    if (breaks.length > 0)
      throw registryErrors.incompatible(subject, describe(state, subject, breaks))
  }
  if (wantsVersion && request.version !== nextVersion && !isImport) {
    throw registryErrors.invalidSchema('Version is not one more than previous version')
  }
  if (id !== undefined && known !== id && versions.usesOf(context, id).length > 0) {
    throw registryErrors.notPermitted(
      `Overwrite new schema with id ${id} in context ${context} is not permitted.`,
    )
  }
  const version = wantsVersion ? (request.version ?? nextVersion) : nextVersion
  const made: SchemaVersion = {
    subject,
    version,
    id: id ?? versions.lastId(context) + 1,
    schemaType: text.schemaType ?? 'AVRO',
    ...text,
  }
  if (made.id > versionMax) throw registryErrors.store('there are no ids left')
  return { records: recordsFor(state, context, made), answer: made }
}

function recordsFor({ versions }: RegistryState, context: string, made: SchemaVersion) {
  const records: RegistryRecord[] = []
  if (context !== defaultContext && !versions.hasContext(context)) {
    records.push(contextRecord(context, true))
  }
  // A hidden version of the same schema gives way to the new one, unless another refers to it.
  for (const { version, deleted } of versions.entriesOf(made.subject)) {
    if (!deleted || version.id !== made.id || version.version >= made.version) continue
    if (versions.referrersOf(version.subject, version.version).length > 0) continue
    records.push(versionErasedRecord(version.subject, version.version))
  }
  records.push(versionRecord(made))
  return records
}

/** Whether ids are given by the client. Throws 42205 where the mode forbids it. */
function checkMode(settings: Settings, subject: string, id: number | undefined): boolean {
  const mode = settings.modeFor(subject)
  const { context } = parseSubject(subject)
  const refuse = (why: string) =>
    registryErrors.notPermitted(`Subject ${subject} in context ${context} ${why}`)
  if (mode.startsWith('READONLY')) throw refuse('is in read-only mode')
  const isImport = mode === 'IMPORT' || mode === 'FORWARD'
  if (id !== undefined && !isImport) throw refuse('is not in import mode')
  if (id === undefined && mode !== 'READWRITE') throw refuse('is not in read-write mode')
  return isImport
}

/** A schema in its one form, with what it refers to pinned. Throws 42201. */
export function canonical(
  { texts }: RegistryState,
  subject: string,
  request: SchemaText,
  normalize: boolean,
): { text: SchemaText; parsed: ParsedSchema } {
  const references = texts.pinned(subject, request.references ?? [])
  const { schemaType = 'AVRO', metadata, ruleSet } = request
  const parsed = texts.parse(subject, { schema: request.schema, schemaType, references })
  const sorted = normalize
    ? references.toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
    : references
  const text: SchemaText = {
    schemaType,
    ...(sorted.length > 0 && { references: sorted }),
    ...(metadata && { metadata }),
    ...(ruleSet && { ruleSet }),
    schema: normalize ? parsed.normalized() : parsed.canonical,
  }
  return { text, parsed }
}

/** What breaks when a schema follows the versions `older` of its subject. */
export function breaksOf(
  { settings, texts }: RegistryState,
  subject: string,
  { text, parsed }: { text: SchemaText; parsed: ParsedSchema },
  older: readonly SchemaVersion[],
): LevelBreak[] {
  const group = settings.configFor(subject).compatibilityGroup
  const compared =
    group === undefined
      ? older
      : older.filter((each) => property(each.metadata, group) === property(text.metadata, group))
  return levelBreaks(
    settings.levelFor(subject),
    { schemaType: text.schemaType ?? 'AVRO', parse: () => parsed },
    compared.map((each) => ({ ...each, parse: () => texts.parse(each.subject, each) })),
  )
}

/** Breaks as lines, and the version and level that they are about. */
export function describe(
  { settings }: RegistryState,
  subject: string,
  breaks: readonly LevelBreak[],
): string[] {
  const lines = breaks.map(({ reason }) => reason)
  const [first] = breaks
  if (first === undefined) return []
  const level = settings.levelFor(subject)
  return [...lines, `{oldSchemaVersion: ${first.version}}`, `{compatibility: '${level}'}`]
}

/**
 * What a request leaves out is taken from the latest version; defaults of the config go below,
 * overrides above what is given.
 */
export function populate<T extends SchemaText>(
  config: Config,
  request: T,
  latest: SchemaVersion | undefined,
): T {
  const isEmpty = request.schema.trim() === '' && latest !== undefined
  const { metadata: _, ruleSet: __, ...rest } = request
  const metadata = merged(
    config.defaultMetadata,
    request.metadata ?? latest?.metadata,
    config.overrideMetadata,
  )
  const ruleSet = merged(
    config.defaultRuleSet,
    request.ruleSet ?? latest?.ruleSet,
    config.overrideRuleSet,
  )
  return {
    ...rest,
    ...(isEmpty && {
      schema: latest.schema,
      schemaType: latest.schemaType,
      references: latest.references ?? [],
    }),
    ...(metadata && { metadata }),
    ...(ruleSet && { ruleSet }),
  } as T
}

/** Members of members: a later one's win; rules are told apart by their names. */
function merged(...parts: (JsonObject | undefined)[]): JsonObject | undefined {
  let result: JsonObject | undefined
  for (const part of parts) {
    if (part === undefined) continue
    if (result === undefined) {
      result = part
      continue
    }
    const next: Record<string, unknown> = { ...result }
    for (const [name, value] of Object.entries(part)) next[name] = mergedValue(next[name], value)
    result = next
  }
  return result
}

function mergedValue(below: unknown, above: unknown): unknown {
  if (above === null || above === undefined) return below
  if (Array.isArray(below) && Array.isArray(above)) {
    const names = new Set(above.map(nameOf))
    return [...below.filter((each) => !names.has(nameOf(each))), ...above]
  }
  const areObjects = [below, above].every((each) => typeof each === 'object' && each !== null)
  return areObjects ? { ...(below as JsonObject), ...(above as JsonObject) } : above
}

function nameOf(rule: unknown): unknown {
  return (rule as { name?: unknown } | null)?.name ?? rule
}

function property(metadata: JsonObject | undefined, name: string): unknown {
  const properties = metadata?.properties as JsonObject | undefined
  return properties?.[name]
}
