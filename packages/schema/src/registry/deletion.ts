/**
 * Deletions. What is deleted first is only hidden: its ids still find their schemas, and it can
 * come back. Only what is hidden can be erased, and only what nothing refers to.
 */
import { registryErrors } from '../errors.js'
import { parseSubject } from './qualified-subject.js'
import {
  configRecord,
  contextRecord,
  idsGivenRecord,
  modeRecord,
  type RegistryRecord,
  subjectDeletedRecord,
  versionErasedRecord,
  versionRecord,
} from './record.js'
import type { Decision, RegistryState } from './registration.js'
import type { Settings } from './settings.js'
import type { Versions } from './versions.js'

/** Hides or erases one version; answers its number. */
export function decideVersionDeletion(
  { versions, settings }: RegistryState,
  subject: string,
  which: number | 'latest',
  isPermanent: boolean,
): Decision<number> {
  const all = versions.entriesOf(subject)
  if (all.length === 0) throw registryErrors.subjectNotFound(subject)
  const entry =
    which === 'latest'
      ? (all.findLast(({ deleted }) => !deleted) ?? all.at(-1))
      : versions.entry(subject, which)
  if (entry === undefined) throw registryErrors.versionNotFound(Number(which))
  const { version } = entry.version
  if (!isPermanent && entry.deleted) throw registryErrors.versionSoftDeleted(subject, version)
  checkWritable(settings, subject)
  checkUnreferenced(versions, subject, version, isPermanent)
  if (!isPermanent) return { records: [versionRecord(entry.version, true)], answer: version }
  if (!entry.deleted) throw registryErrors.versionNotSoftDeleted(subject, version)
  const records = [idsGivenRecord(versions.lastIds()), versionErasedRecord(subject, version)]
  if (all.length === 1) records.push(...settingsErased(settings, subject))
  return { records, answer: version }
}

/** Hides or erases a subject; answers the numbers of its versions. */
export function decideSubjectDeletion(
  { versions, settings }: RegistryState,
  subject: string,
  isPermanent: boolean,
): Decision<number[]> {
  checkWritable(settings, subject)
  const all = versions.entriesOf(subject)
  const present = all.filter(({ deleted }) => !deleted)
  if (all.length === 0) throw registryErrors.subjectNotFound(subject)
  if (!isPermanent && present.length === 0) throw registryErrors.subjectSoftDeleted(subject)
  if (isPermanent && present.length > 0) throw registryErrors.subjectNotSoftDeleted(subject)
  const numbers = (isPermanent ? all : present).map(({ version }) => version.version)
  for (const number of numbers) checkUnreferenced(versions, subject, number, isPermanent, subject)
  if (!isPermanent) {
    const records = [subjectDeletedRecord(subject, numbers.at(-1) ?? 0)]
    return { records, answer: numbers }
  }
  const records = [
    idsGivenRecord(versions.lastIds()),
    // From the newest down, because versions may refer to older ones of their own subject.
    ...numbers.toReversed().map((number) => versionErasedRecord(subject, number)),
    ...settingsErased(settings, subject),
  ]
  return { records, answer: numbers }
}

/** Takes a context away that has no subjects. */
export function decideContextDeletion({ versions }: RegistryState, name: string): Decision<void> {
  const { context } = parseSubject(name)
  if (versions.subjects('all').some((each) => parseSubject(each).context === context)) {
    throw registryErrors.contextNotEmpty(context)
  }
  return { records: [contextRecord(context, false)], answer: undefined }
}

/** Throws 42205 where the mode lets nothing be written. */
export function checkWritable(settings: Settings, subject: string): void {
  if (!settings.modeFor(subject).startsWith('READONLY')) return
  const { context } = parseSubject(subject)
  throw registryErrors.notPermitted(`Subject ${subject} in context ${context} is in read-only mode`)
}

/** Throws 42206 when a version refers to it: for what is erased also hidden ones. */
function checkUnreferenced(
  versions: Versions,
  subject: string,
  version: number,
  isPermanent: boolean,
  except?: string,
): void {
  const referrers = versions
    .referrersOf(subject, version)
    .filter((each) => isPermanent || !each.deleted)
    .filter((each) => each.version.subject !== except)
  if (referrers.length > 0) throw registryErrors.referenceExists(subject, version)
}

function settingsErased(settings: Settings, subject: string): RegistryRecord[] {
  return [
    ...(settings.mode(subject) === undefined ? [] : [modeRecord(subject, undefined)]),
    ...(settings.storedConfig(subject) === undefined ? [] : [configRecord(subject, undefined)]),
  ]
}
