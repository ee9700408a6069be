/**
 * The registry's errors: codes and texts as Confluent's Schema Registry gives them, because
 * clients match on both. The HTTP status is the first three digits of the code.
 */

/** A refused registry request. */
export class RegistryError extends Error {
  override readonly name = 'RegistryError'
  readonly code: number

  constructor(code: number, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }

  get status(): number {
    return this.code >= 10_000 ? Math.floor(this.code / 100) : this.code
  }
}

export const registryErrors = {
  malformed: (why: string) => new RegistryError(400, `The request is not JSON: ${why}`),
  notFound: () => new RegistryError(404, 'HTTP 404 Not Found'),
  subjectNotFound: (subject: string) => new RegistryError(40401, `Subject '${subject}' not found.`),
  versionNotFound: (version: number) => new RegistryError(40402, `Version ${version} not found.`),
  schemaNotFound: () => new RegistryError(40403, 'Schema not found'),
  schemaIdNotFound: (id: number) => new RegistryError(40403, `Schema ${id} not found`),
  incompatible: (subject: string, version: number, breaks: readonly string[]) =>
    new RegistryError(
      409,
      `Schema being registered is incompatible with version ${version} of subject ` +
        `"${subject}" (compatibility BACKWARD): ${breaks.join('; ')}`,
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
  internal: () => new RegistryError(500, 'Internal Server Error'),
  store: (why: string) => new RegistryError(50001, `Error in the backend data store: ${why}`),
} as const
