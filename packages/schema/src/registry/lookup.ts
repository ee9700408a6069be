import { parseSubject } from './qualified-subject.js'
import { canonical, populate, type RegistryState } from './registration.js'
import type { SchemaText, SchemaVersion } from './schema-version.js'
import type { Visibility } from './versions.js'

/** The version of a subject that has a schema, newest first; undefined where none has it. */
export function findVersion(
  state: RegistryState,
  subject: string,
  request: SchemaText,
  { visibility, normalize }: { visibility: Visibility; normalize: boolean },
): SchemaVersion | undefined {
  const { versions, settings } = state
  const config = settings.configFor(subject)
  const all = versions.of(subject, visibility)
  if (all.length === 0) return undefined
  // As at a registration, what the config and the latest version add is looked for, too.
  for (const each of [request, populate(config, request, versions.of(subject).at(-1))]) {
    const isNormal = normalize || config.normalize === true
    const { text } = canonical(state, subject, each, isNormal)
    const id = versions.idOf(parseSubject(subject).context, text)
    const found = id === undefined ? undefined : all.findLast((one) => one.id === id)
    if (found !== undefined) return found
    if (text.references === undefined) {
      const resolved = all.findLast((one) => isResolved(state, one, text))
      if (resolved !== undefined) return resolved
    }
  }
  return undefined
}

/** Whether a text is a version's with what that one refers to written in. */
function isResolved({ texts }: RegistryState, version: SchemaVersion, text: SchemaText): boolean {
  const { references = [], schemaType } = version
  if (references.length === 0 || schemaType !== text.schemaType) return false
  return texts.parse(version.subject, version).formatted('resolved') === text.schema
}
