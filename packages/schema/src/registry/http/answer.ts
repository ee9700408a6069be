/** Versions as they are answered; members that say nothing are left out. */
import { guidOf } from '../guid.js'
import type { SchemaRegistry } from '../registry.js'
import type { SchemaVersion } from '../schema-version.js'
import { flag, type Query, text } from './request.js'

/** Headers of a request, by names in small letters. */
type RequestHeaders = Readonly<Record<string, string | string[] | undefined>>

/** Whether a client takes members that it does not know: those from before 2024 fail on them. */
export function takesAnyMember(headers: RequestHeaders): boolean {
  return headers['confluent-accept-unknown-properties'] === 'true'
}

/** What else belongs to a schema's text. */
function about({ schemaType, references = [], metadata, ruleSet }: SchemaVersion) {
  return {
    ...(schemaType === 'AVRO' ? {} : { schemaType }),
    ...(references.length > 0 && { references }),
    ...(metadata && { metadata }),
    ...(ruleSet && { ruleSet }),
  }
}

/** A version in the format and with the references that the query asks for. */
export function formatted(
  registry: SchemaRegistry,
  version: SchemaVersion,
  query: Query,
): SchemaVersion {
  const format = text(query, 'format') ?? ''
  const isQualified = text(query, 'referenceFormat') === 'qualified'
  return {
    ...version,
    ...(format !== '' && { schema: registry.parsed(version).formatted(format) }),
    ...(isQualified && { references: registry.qualifiedReferences(version) }),
  }
}

/** A version of a subject. */
export function versionAnswer(
  registry: SchemaRegistry,
  version: SchemaVersion,
  query: Query,
  headers: RequestHeaders,
) {
  const shown = formatted(registry, version, query)
  const { subject, version: number, id, schema } = shown
  const isDeleted = registry.isDeleted(version)
  return {
    subject,
    version: number,
    id,
    ...(takesAnyMember(headers) && { guid: guidOf(version) }),
    ...about(shown),
    schema,
    ...(isDeleted && { deleted: true }),
  }
}

/** A schema by its id; with its subject and version where the query names a subject. */
export function schemaAnswer(
  registry: SchemaRegistry,
  version: SchemaVersion,
  query: Query,
  headers: RequestHeaders,
) {
  const shown = formatted(registry, version, query)
  const isInSubject = text(query, 'subject') !== undefined
  return {
    ...(isInSubject && { subject: shown.subject, version: shown.version }),
    ...(takesAnyMember(headers) && { guid: guidOf(version) }),
    ...about(shown),
    schema: shown.schema,
    ...(flag(query, 'fetchMaxId') && { maxId: registry.maxId(version) }),
  }
}
