/**
 * Records of the topic `_schemas`, in the format of Confluent's registry. The order of members
 * in a key matters: compaction compares keys as bytes, so a key printed in another order would
 * be another key. A member that is empty is left out.
 */
import type { JsonObject, SchemaReference, SchemaVersion } from './schema-version.js'

/** What a record of `_schemas` says. A subject of '' is the whole registry. */
export type RegistryEvent =
  | { readonly kind: 'version'; readonly version: SchemaVersion; readonly deleted: boolean }
  | { readonly kind: 'version-erased'; readonly subject: string; readonly version: number }
  | { readonly kind: 'subject-deleted'; readonly subject: string; readonly upTo: number }
  | { readonly kind: 'config'; readonly subject: string; readonly config: JsonObject | undefined }
  | { readonly kind: 'mode'; readonly subject: string; readonly mode: string | undefined }
  | { readonly kind: 'context'; readonly context: string; readonly exists: boolean }
  | { readonly kind: 'ids-given'; readonly lastIds: ReadonlyMap<string, number> }
  | { readonly kind: 'other' }

/** A record of the topic. */
export interface RegistryRecord {
  readonly key: Buffer
  readonly value: Buffer | null
}

/** `version` exists; `deleted` hides it, but its id still finds its schema. */
export function versionRecord(version: SchemaVersion, deleted = false): RegistryRecord {
  const { subject, id, schema, schemaType, references = [], metadata, ruleSet } = version
  return record(versionKey(subject, version.version), {
    subject,
    version: version.version,
    id,
    ...(schemaType === 'AVRO' ? {} : { schemaType }),
    ...(references.length === 0 ? {} : { references }),
    ...(metadata === undefined ? {} : { metadata }),
    ...(ruleSet === undefined ? {} : { ruleSet }),
    schema,
    deleted,
  })
}

/** A version is gone for good. */
export function versionErasedRecord(subject: string, version: number): RegistryRecord {
  return record(versionKey(subject, version), null)
}

/** All versions of a subject up to `upTo` are hidden. */
export function subjectDeletedRecord(subject: string, upTo: number): RegistryRecord {
  const value = { subject, version: upTo }
  return record({ keytype: 'DELETE_SUBJECT', subject, magic: 0 }, value)
}

/** What was hidden of a subject (all of them for '') is gone, before an import. */
export function subjectClearedRecord(subject: string): RegistryRecord {
  const value = subject === '' ? {} : { subject }
  return record(settingKey('CLEAR_SUBJECT', subject), value)
}

/** A config; undefined takes it away. */
export function configRecord(subject: string, config: JsonObject | undefined): RegistryRecord {
  const value = config && { ...(subject === '' ? {} : { subject }), ...config }
  return record(settingKey('CONFIG', subject), value ?? null)
}

/** A mode; undefined takes it away. */
export function modeRecord(subject: string, mode: string | undefined): RegistryRecord {
  const value = mode === undefined ? null : { ...(subject === '' ? {} : { subject }), mode }
  return record(settingKey('MODE', subject), value)
}

/** A context is there, or is no longer. */
export function contextRecord(context: string, exists: boolean): RegistryRecord {
  const key = { keytype: 'CONTEXT', tenant: 'default', context, magic: 0 }
  return record(key, exists ? { tenant: 'default', context } : null)
}

/**
 * The last id that was given in each context: it outlives the versions that compaction removes.
 * For Confluent's registry it is a NOOP, whose value it does not read.
 */
export function idsGivenRecord(lastIds: ReadonlyMap<string, number>): RegistryRecord {
  return record({ keytype: 'NOOP', magic: 0 }, { lastIds: Object.fromEntries(lastIds) })
}

/**
 * What a record says; 'other' for kinds that change nothing here. Throws when the record cannot
 * be read: to skip it could give an id twice.
 */
export function readRecord(key: Buffer | null, value: Buffer | null): RegistryEvent {
  if (key === null) return { kind: 'other' }
  const read = readObject(key)
  const subject = typeof read.subject === 'string' ? read.subject : ''
  switch (read.keytype) {
    case 'SCHEMA':
      return readVersion(read, value)
    case 'DELETE_SUBJECT': {
      if (value === null) return { kind: 'other' }
      const upTo = readObject(value).version
      if (typeof upTo !== 'number') return { kind: 'other' }
      return { kind: 'subject-deleted', subject, upTo }
    }
    case 'CONFIG': {
      if (value === null) return { kind: 'config', subject, config: undefined }
      const { subject: _, ...config } = withoutNulls(readObject(value))
      return { kind: 'config', subject, config }
    }
    case 'MODE': {
      const mode = value === null ? undefined : readObject(value).mode
      return { kind: 'mode', subject, mode: typeof mode === 'string' ? mode : undefined }
    }
    case 'CONTEXT': {
      if (typeof read.context !== 'string') return { kind: 'other' }
      return { kind: 'context', context: read.context, exists: value !== null }
    }
    case 'NOOP':
      return readIdsGiven(value)
    default:
      return { kind: 'other' }
  }
}

function readVersion(key: JsonObject, value: Buffer | null): RegistryEvent {
  const { subject, version } = key
  if (typeof subject !== 'string' || typeof version !== 'number') {
    throw new Error('its key names no subject and version')
  }
  if (value === null) return { kind: 'version-erased', subject, version }
  const { id, schema, schemaType = 'AVRO', deleted, ...more } = withoutNulls(readObject(value))
  if (typeof id !== 'number' || typeof schema !== 'string' || typeof schemaType !== 'string') {
    throw new Error('its value holds no id and schema')
  }
  const { references, metadata, ruleSet } = more
  return {
    kind: 'version',
    version: {
      subject,
      version,
      id,
      schema,
      schemaType,
      ...(Array.isArray(references) && { references: references as SchemaReference[] }),
      ...(isObject(metadata) && { metadata }),
      ...(isObject(ruleSet) && { ruleSet }),
    },
    deleted: deleted === true,
  }
}

function readIdsGiven(value: Buffer | null): RegistryEvent {
  const lastIds = value === null ? undefined : readObject(value).lastIds
  if (!isObject(lastIds)) return { kind: 'other' }
  const entries = Object.entries(lastIds).filter((each): each is [string, number] => {
    return Number.isSafeInteger(each[1])
  })
  return { kind: 'ids-given', lastIds: new Map(entries) }
}

function versionKey(subject: string, version: number): JsonObject {
  return { keytype: 'SCHEMA', subject, version, magic: 1 }
}

function settingKey(keytype: string, subject: string): JsonObject {
  return { keytype, ...(subject === '' ? {} : { subject }), magic: 0 }
}

function record(key: JsonObject, value: JsonObject | null): RegistryRecord {
  return {
    key: Buffer.from(JSON.stringify(key)),
    value: value === null ? null : Buffer.from(JSON.stringify(value)),
  }
}

function readObject(bytes: Buffer): JsonObject {
  const json: unknown = JSON.parse(bytes.toString('utf8'))
  if (!isObject(json)) throw new Error('it is not a JSON object')
  return json
}

function isObject(json: unknown): json is JsonObject {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
}

function withoutNulls(json: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(json).filter(([, value]) => value !== null))
}
