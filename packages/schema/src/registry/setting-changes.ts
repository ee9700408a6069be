/** Changes of configs and modes. */
import { registryErrors } from '../errors.js'
import { checkWritable } from './deletion.js'
import { isLevel } from './level.js'
import { globalContext, isValidSubject, parseSubject } from './qualified-subject.js'
import {
  configRecord,
  idsGivenRecord,
  modeRecord,
  type RegistryRecord,
  subjectClearedRecord,
  versionErasedRecord,
} from './record.js'
import type { Decision, RegistryState } from './registration.js'
import type { JsonObject } from './schema-version.js'
import { type Config, modes } from './settings.js'

/** Members of a config that a request may change; what it leaves out stays, null takes it away. */
const configMembers: Readonly<Record<string, 'text' | 'flag' | 'object'>> = {
  alias: 'text',
  aliasForDeks: 'text',
  normalize: 'flag',
  validateFields: 'flag',
  validateNewSchemas: 'flag',
  validateRules: 'flag',
  compatibilityLevel: 'text',
  compatibilityPolicy: 'text',
  compatibilityGroup: 'text',
  defaultMetadata: 'object',
  overrideMetadata: 'object',
  defaultRuleSet: 'object',
  overrideRuleSet: 'object',
}

const typesOf = { text: 'string', flag: 'boolean', object: 'object' } as const

/** Throws 422 for a member of another kind. */
function memberOf(name: string, kind: keyof typeof typesOf, given: unknown): unknown {
  const fits = typeof given === typesOf[kind] && !Array.isArray(given)
  if (given === null || fits) return given
  throw registryErrors.unprocessable(`"${name}" must be ${words[kind]}.`)
}

const words = { text: 'a string', flag: 'true or false', object: 'a JSON object' } as const

/** Puts a config of a subject, a context or ('') the registry; answers it as it is then. */
export function decideConfig(
  { settings }: RegistryState,
  subject: string,
  request: JsonObject,
): Decision<Config> {
  if (subject !== '' && !isValidSubject(subject, true)) throw registryErrors.invalidSubject(subject)
  checkWritable(settings, subject)
  const { compatibility = request.compatibilityLevel, ...rest } = request
  const next: Record<string, unknown> = { ...settings.storedConfig(subject) }
  if (compatibility !== undefined) {
    delete next.appendWithDefaults
    next.compatibilityLevel = levelMember(compatibility)
    // Confluent's registry knows no such level, and would not start over a config that names it.
    if (next.compatibilityLevel === 'APPEND_WITH_DEFAULTS') {
      next.compatibilityLevel = 'FULL'
      next.appendWithDefaults = true
    }
  }
  for (const [name, kind] of Object.entries(configMembers)) {
    if (name === 'compatibilityLevel' || rest[name] === undefined) continue
    next[name] = memberOf(name, kind, rest[name])
  }
  const config = Object.fromEntries(configEntries(next))
  return { records: [configRecord(subject, config)], answer: config }
}

function configEntries(config: Record<string, unknown>): [string, unknown][] {
  const names = [...Object.keys(configMembers), 'appendWithDefaults']
  return names.flatMap((name): [string, unknown][] =>
    config[name] === undefined || config[name] === null ? [] : [[name, config[name]]],
  )
}

function levelMember(given: unknown): string | null {
  if (given === null) return null
  const level = typeof given === 'string' ? given.toUpperCase() : given
  if (!isLevel(level)) throw registryErrors.invalidLevel()
  return level
}

/** Takes a config away; answers the one that was there. */
export function decideConfigDeletion(
  { settings }: RegistryState,
  subject: string,
): Decision<Config> {
  const config = settings.config(subject)
  if (config === undefined) throw registryErrors.subjectNotFound(subject)
  checkWritable(settings, subject)
  return { records: [configRecord(subject, undefined)], answer: config }
}

/** Puts a mode; answers it. */
export function decideMode(
  state: RegistryState,
  subject: string,
  given: unknown,
  isForced: boolean,
): Decision<string | undefined> {
  if (subject !== '' && !isValidSubject(subject, true)) throw registryErrors.invalidSubject(subject)
  if (given === null || given === undefined) {
    return { records: [modeRecord(subject, undefined)], answer: undefined }
  }
  const mode = modes.find((each) => typeof given === 'string' && each === given.toUpperCase())
  if (mode === undefined) throw registryErrors.invalidMode()
  if (mode === 'FORWARD' && parseSubject(subject).context !== globalContext) {
    throw registryErrors.invalidMode('Forward mode only supported on global level')
  }
  const records: RegistryRecord[] = []
  if (mode === 'IMPORT' && state.settings.modeFor(subject) !== 'IMPORT' && !isForced) {
    records.push(...emptied(state, subject))
  }
  return { records: [...records, modeRecord(subject, mode)], answer: mode }
}

/** Takes a mode away, with those of all subjects below it; answers the one that was there. */
export function decideModeDeletion(
  { settings }: RegistryState,
  subject: string,
  isRecursive: boolean,
): Decision<string | undefined> {
  const mode = settings.mode(subject)
  if (mode === undefined && !isRecursive) throw registryErrors.subjectNotFound(subject)
  const { context } = parseSubject(subject)
  const below = isRecursive
    ? settings.subjectsWithMode().filter((each) => parseSubject(each).context === context)
    : []
  const names = [...new Set([subject, ...below])]
  return { records: names.map((each) => modeRecord(each, undefined)), answer: mode }
}

/** Before an import nothing may be there; what is hidden is erased, so that ids are free. */
function emptied({ versions }: RegistryState, subject: string): RegistryRecord[] {
  const inside = versions.subjects('all').filter((each) => isWithin(each, subject))
  if (inside.some((each) => versions.of(each).length > 0)) {
    throw registryErrors.notPermitted('Cannot import since found existing subjects')
  }
  const hidden = inside.flatMap((each) => versions.of(each, 'all'))
  for (const { subject: name, version } of hidden) {
    const outside = versions
      .referrersOf(name, version)
      .filter((each) => !inside.includes(each.version.subject))
    if (outside.length > 0) throw registryErrors.referenceExists(name, version)
  }
  return [
    idsGivenRecord(versions.lastIds()),
    ...hidden.map((each) => versionErasedRecord(each.subject, each.version)),
    subjectClearedRecord(subject),
  ]
}

/** Whether a subject is the one that is named, or in the context that is named. */
function isWithin(subject: string, named: string): boolean {
  if (subject === named) return true
  const place = parseSubject(named)
  if (place.subject !== '') return false
  return place.context === globalContext || parseSubject(subject).context === place.context
}
