/**
 * Records of the topic `_schemas`, in the format of Confluent's registry. The order of members
 * in a key matters: compaction compares keys as bytes, so a key printed in another order would
 * be another key.
 */

/** One version of a subject. */
export interface SchemaVersion {
  readonly subject: string
  /** From 1, never given twice within a subject. */
  readonly version: number
  /** The same for the same schema in every subject. */
  readonly id: number
  /** Canonical text. */
  readonly schema: string
  /** AVRO, JSON or PROTOBUF. */
  readonly schemaType: string
}

/** What a record of `_schemas` says. */
export type RegistryEvent =
  | { readonly kind: 'version'; readonly version: SchemaVersion; readonly deleted: boolean }
  | { readonly kind: 'version-erased'; readonly subject: string; readonly version: number }
  | { readonly kind: 'subject-deleted'; readonly subject: string; readonly upTo: number }
  | { readonly kind: 'other' }

/** The record that says that `version` exists. */
export function versionRecord(version: SchemaVersion): { key: Buffer; value: Buffer } {
  const { subject, id, schema, schemaType } = version
  const key = { keytype: 'SCHEMA', subject, version: version.version, magic: 1 }
  const value = {
    subject,
    version: version.version,
    id,
    ...(schemaType === 'AVRO' ? {} : { schemaType }),
    schema,
    deleted: false,
  }
  return { key: Buffer.from(JSON.stringify(key)), value: Buffer.from(JSON.stringify(value)) }
}

/**
 * What a record says; 'other' for kinds that change no schema (NOOP, CONFIG, MODE, …).
 * Throws when the record cannot be read: to skip it could give an id twice.
 */
export function readRecord(key: Buffer | null, value: Buffer | null): RegistryEvent {
  if (key === null) return { kind: 'other' }
  const { keytype, subject, version } = readObject(key)
  if (keytype === 'DELETE_SUBJECT' && typeof subject === 'string' && value !== null) {
    const upTo = readObject(value).version
    if (typeof upTo === 'number') return { kind: 'subject-deleted', subject, upTo }
  }
  if (keytype !== 'SCHEMA') return { kind: 'other' }
  if (typeof subject !== 'string' || typeof version !== 'number') {
    throw new Error('its key names no subject and version')
  }
  if (value === null) return { kind: 'version-erased', subject, version }
  const { id, schema, schemaType = 'AVRO', deleted = false } = readObject(value)
  if (typeof id !== 'number' || typeof schema !== 'string' || typeof schemaType !== 'string') {
    throw new Error('its value holds no id and schema')
  }
  return {
    kind: 'version',
    version: { subject, version, id, schema, schemaType },
    deleted: deleted === true,
  }
}

function readObject(bytes: Buffer): Record<string, unknown> {
  const json: unknown = JSON.parse(bytes.toString('utf8'))
  if (typeof json !== 'object' || json === null) throw new Error('it is not a JSON object')
  return json as Record<string, unknown>
}
