/** Limits of this package. */

/** Largest request to the registry; Kafka's default for the largest record is 1 MiB. */
export const registryBodyBytesMax = 1_000_000

/**
 * Most bytes that a write may keep: a schema in its canonical text, with metadata and rules. What
 * the log's batches take by default, with room for what stands around the records.
 */
export const schemaRecordBytesMax = 1_040_000

/**
 * How deep a schema may be nested: brackets in JSON, messages and options in Protobuf (Protobuf's
 * own compiler goes as deep as that). Whatever walks a schema has stack for it.
 */
export const schemaDepthMax = 100
export const jsonDepthMax = 300

/** How long a value is checked whose schema has patterns that may take for ever. */
export const checkMsMax = 50

/** Pairs of parts that are looked at to compare two JSON schemas: some tenths of a second. */
export const comparisonsMax = 300_000

/** Longest message of an error; the rest is cut off. */
export const messageCharsMax = 1_500

/** The check of a longer JSON schema is not made shorter, which takes longer than to make it. */
export const optimizedCharsMax = 16 * 1024

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
