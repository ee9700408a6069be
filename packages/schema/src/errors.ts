/**
 * The registry's errors: codes and texts as Confluent's Schema Registry gives them, because
 * clients match on both. The HTTP status is the first three digits of the code.
 */

import { inOneLine } from './one-line.js'

/** A refused registry request. */
export class RegistryError extends Error {
  override readonly name = 'RegistryError'
  readonly code: number

  constructor(code: number, message: string, options?: ErrorOptions) {
    super(inOneLine(message), options)
    this.code = code
  }

  get status(): number {
    return this.code >= 10_000 ? Math.floor(this.code / 100) : this.code
  }
}

/** Another registry writes to the topic. */
export const notTheWriterCode = 50004

export const registryErrors = {
  malformed: (why: string) => new RegistryError(400, `The request is not JSON: ${why}`),
  notFound: () => new RegistryError(404, 'HTTP 404 Not Found'),
  methodNotAllowed: () => new RegistryError(405, 'HTTP 405 Method Not Allowed'),
  subjectNotFound: (subject: string) => new RegistryError(40401, `Subject '${subject}' not found.`),
  versionNotFound: (version: number) => new RegistryError(40402, `Version ${version} not found.`),
  schemaNotFound: () => new RegistryError(40403, 'Schema not found'),
  schemaIdNotFound: (id: number | string) => new RegistryError(40403, `Schema ${id} not found`),
  subjectSoftDeleted: (subject: string) =>
    new RegistryError(
      40404,
      `Subject '${subject}' was soft deleted.Set permanent=true to delete permanently`,
    ),
  subjectNotSoftDeleted: (subject: string) =>
    new RegistryError(
      40405,
      `Subject '${subject}' was not deleted first before being permanently deleted`,
    ),
  versionSoftDeleted: (subject: string, version: number) =>
    new RegistryError(
      40406,
      `Subject '${subject}' Version ${version} was soft deleted.` +
        'Set permanent=true to delete permanently',
    ),
  versionNotSoftDeleted: (subject: string, version: number) =>
    new RegistryError(
      40407,
      `Subject '${subject}' Version ${version} was not deleted first before being ` +
        'permanently deleted',
    ),
  noSubjectConfig: (subject: string) =>
    new RegistryError(
      40408,
      `Subject '${subject}' does not have subject-level compatibility configured`,
    ),
  noSubjectMode: (subject: string) =>
    new RegistryError(40409, `Subject '${subject}' does not have subject-level mode configured`),
  incompatible: (subject: string, details: readonly string[]) =>
    new RegistryError(
      409,
      'Schema being registered is incompatible with an earlier schema for subject ' +
        `"${subject}", details: [${details.join(', ')}]`,
    ),
  tooLarge: (bytesMax: number) =>
    new RegistryError(413, `The request is larger than ${bytesMax} bytes.`),
  unsupportedMediaType: () => new RegistryError(415, 'HTTP 415 Unsupported Media Type'),
  unprocessable: (why: string) => new RegistryError(422, why),
  invalidSchema: (why: string) => new RegistryError(42201, `Invalid schema: ${why}`),
  invalidVersion: (version: string) =>
    new RegistryError(
      42202,
      `The specified version '${version}' is not a valid version id. ` +
        'Allowed values are between [1, 2^31-1] and the string "latest"',
    ),
  invalidLevel: () =>
    new RegistryError(
      42203,
      'Invalid compatibility level. Valid values are none, backward, forward, full, ' +
        'backward_transitive, forward_transitive, full_transitive, and append_with_defaults',
    ),
  invalidMode: (why?: string) =>
    new RegistryError(
      42204,
      why ?? 'Invalid mode. Valid values are READWRITE, READONLY, READONLY_OVERRIDE and IMPORT.',
    ),
  notPermitted: (why: string) => new RegistryError(42205, why),
  referenceExists: (subject: string, version: number) =>
    new RegistryError(
      42206,
      `One or more references exist to the schema {magic=1,keytype=SCHEMA,subject=${subject},` +
        `version=${version}}.`,
    ),
  invalidSubject: (subject: string) =>
    new RegistryError(42208, `The specified subject '${subject}' is not a valid.`),
  tooLargeToKeep: (bytesMax: number) =>
    new RegistryError(
      42209,
      `Schema too large: with all that belongs to it, ${bytesMax} bytes are the most.`,
    ),
  invalidRuleSet: (why: string) => new RegistryError(42210, why),
  contextNotEmpty: (context: string) =>
    new RegistryError(42211, `The specified context '${context}' is not empty.`),
  internal: () => new RegistryError(500, 'Internal Server Error'),
  store: (why: string) => new RegistryError(50001, `Error in the backend data store: ${why}`),
  notTheWriter: () =>
    new RegistryError(
      notTheWriterCode,
      'Leader not known. Other registries write to the schemas topic all the time, and this ' +
        'one does not come to write; try again, or let one of them take all writes.',
    ),
} as const
