/** Limits of this package. */

/** Largest request to the registry; Kafka's default for the largest record is 1 MiB. */
export const registryBodyBytesMax = 1_000_000

/** Longest subject; the requests of longer ones are answered with 414. */
export const subjectCharsMax = 1_000

/** A client that takes longer to send its request is cut off. */
export const registryRequestMsMax = 30_000

/** How long a `RegistryClient` waits for an answer. */
export const registryAnswerMsMax = 10_000

/** Schemas by id and registrations that a `RegistryClient` remembers; they never change. */
export const clientCacheEntriesMax = 1_000

/** Highest version number, as in Confluent's registry. */
export const versionMax = 2 ** 31 - 1

/** Schemas that the registry keeps read; the others are read again when they are needed. */
export const parsedSchemasMax = 1_000

/** How often a write is decided anew because another registry has written in between. */
export const claimsMax = 10

/** What other registries wrote is asked for when a request comes and the last look is older. */
export const registryAgeMsMax = 1_000
