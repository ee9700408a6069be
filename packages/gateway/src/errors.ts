/**
 * The gateway's errors. Codes are those of Confluent's REST proxy where it has one for the case;
 * the HTTP status is the first three digits.
 */

import { inOneLine } from '@millrace/schema'
import { retryAfterSeconds } from './limits.js'

/** A request that was refused as a whole. */
export class GatewayError extends Error {
  override readonly name = 'GatewayError'
  readonly code: number
  /** The same request may succeed in a moment. */
  readonly retriable: boolean
  readonly #retryAfterSeconds: number

  constructor(
    code: number,
    message: string,
    options: { retriable?: boolean; retryAfterSeconds?: number } & ErrorOptions = {},
  ) {
    super(inOneLine(message), options)
    this.code = code
    this.retriable = options.retriable ?? false
    this.#retryAfterSeconds = options.retryAfterSeconds ?? retryAfterSeconds
  }

  /** How long the caller should wait; undefined where waiting does not help. */
  get retryAfterSeconds(): number | undefined {
    return this.retriable ? this.#retryAfterSeconds : undefined
  }

  /** The code's first three digits, but 503 for what may succeed in a moment. */
  get status(): number {
    const status = this.code >= 10_000 ? Math.floor(this.code / 100) : this.code
    return status === 500 && this.retriable ? 503 : status
  }
}

/** A failure of the log as the answer to a whole request. */
export function logError(failure: { message: string; retriable: boolean }): GatewayError {
  const { message, retriable } = failure
  return retriable ? gatewayErrors.logUnavailable(message) : gatewayErrors.log(message)
}

/** Codes of refusals that concern one record. */
export const recordCodes = {
  partitionNotFound: 40402,
  /** The value or key does not fit its schema. */
  conversion: 42203,
  /** The record is not one, whatever the schema: no value, not base64, too large. */
  payload: 42206,
  /** The schema that a record names cannot be had. */
  serialization: 42207,
  /** The log refused, and would refuse again. */
  log: 50002,
  /** The log could not, but may be able to in a moment. */
  logRetriable: 50003,
} as const

export const gatewayErrors = {
  malformed: (why: string) => new GatewayError(400, `The request is malformed: ${why}`),
  internalTopic: (topic: string) =>
    new GatewayError(
      40301,
      `The topic ${topic} belongs to the platform; it is not written through the gateway.`,
    ),
  originRefused: (origin: string) =>
    new GatewayError(
      40302,
      `Pages of ${origin} may not send here. Add the origin to \`origins\` under \`gateway\` in millrace.yaml.`,
    ),
  typeWithoutTopic: (type: string) =>
    new GatewayError(
      40401,
      `Topic not found: no topic has events of the type ${type}. Name the topic with the extension "topic".`,
    ),
  typeOfSeveralTopics: (type: string, topics: readonly string[]) =>
    new GatewayError(
      42206,
      `Events of the type ${type} belong to several topics: ${topics.join(', ')}. Name one with the extension "topic".`,
    ),
  badRequest: (why: string) => new GatewayError(400, `Bad Request: ${why}`),
  instanceNotFound: (group: string, instance: string) =>
    new GatewayError(
      40403,
      `Consumer instance not found. The group ${group} has no instance ${instance} here; one that is not used for a while ends.`,
    ),
  formatMismatch: (format: string) =>
    new GatewayError(
      40601,
      `The requested embedded data format does not match the deserializer for this consumer instance: it reads ${format}.`,
    ),
  notAcceptable: (known: readonly string[]) =>
    new GatewayError(406, `HTTP 406 Not Acceptable. Records are given as ${known.join(', ')}.`),
  instanceExists: (group: string, name: string) =>
    new GatewayError(
      40902,
      `Consumer instance with the specified ID already exists: ${name} in the group ${group}.`,
    ),
  illegalState: (why: string) => new GatewayError(40903, `Illegal state: ${why}`),
  consumerConfig: (why: string) =>
    new GatewayError(42204, `Invalid consumer configuration: ${why}`),
  consumerConstraint: (why: string) =>
    new GatewayError(
      40001,
      `Invalid consumer configuration. It does not abide by the constraints: ${why}`,
    ),
  tooManyInstances: (most: number) =>
    new GatewayError(
      429,
      `There are ${most} consumer instances, which is the most. Delete those that are not used.`,
      { retriable: true },
    ),
  tooManyReads: (most: number) =>
    new GatewayError(
      429,
      `${most} reads of this consumer instance are under way. An instance gives records to one at a time.`,
      { retriable: true },
    ),
  unreadable: (where: string, why: string) =>
    new GatewayError(
      recordCodes.log,
      `Kafka error: the record of ${where} cannot be given in this format: ${why} Seek behind it to go on.`,
    ),
  resourceNotFound: (what: string) => new GatewayError(404, `${what} cannot be found.`),
  noPartition: () => new GatewayError(recordCodes.partitionNotFound, 'Partition not found.'),
  clusterNotFound: (id: string) =>
    new GatewayError(
      404,
      `Cluster ${id} cannot be found. GET /v3/clusters tells the clusters that there are.`,
    ),
  topicElsewhere: (topic: string, cluster: string) =>
    new GatewayError(
      40401,
      `Topic not found: the topic ${topic} is on another cluster, which has the id ${cluster}.`,
    ),
  slow: (ms: number) =>
    new GatewayError(408, `The request did not come in whole within ${ms} ms. Send it again.`, {
      retriable: true,
    }),
  methodNotAllowed: () => new GatewayError(405, 'HTTP 405 Method Not Allowed'),
  topicTooLong: (charsMax: number) =>
    new GatewayError(414, `The name of the topic is longer than ${charsMax} characters.`),
  batch: (why: string) => new GatewayError(42208, why),
  payload: (why: string) => new GatewayError(recordCodes.payload, `Payload error. ${why}`),
  serialization: (why: string) =>
    new GatewayError(recordCodes.serialization, `Error serializing message. ${why}`),
  notFound: () => new GatewayError(404, 'HTTP 404 Not Found'),
  topicNotFound: (topic: string) =>
    new GatewayError(40401, `Topic not found: there is no topic ${topic}. Create it first.`),
  schemaNotFound: (topic: string, subject: string) =>
    new GatewayError(40403, `The topic ${topic} has no schema: there is no subject ${subject}.`),
  tooLarge: (bytesMax: number) =>
    new GatewayError(413, `The request body is larger than ${bytesMax} bytes. Send it in parts.`),
  unsupportedMediaType: (known: readonly string[]) =>
    new GatewayError(
      415,
      `HTTP 415 Unsupported Media Type. Events are taken as ${known.join(', ')}.`,
    ),
  partitionNotFound: (topic: string, partitions: number) =>
    new GatewayError(
      recordCodes.partitionNotFound,
      `Partition not found: ${topic} has the partitions 0 to ${partitions - 1}.`,
    ),
  invalidRequest: (why: string) => new GatewayError(422, why),
  keySchemaMissing: (subject: string) =>
    new GatewayError(
      42201,
      `The records have keys, but the request names no key schema and the subject ${subject} has none.`,
    ),
  valueSchemaMissing: (subject: string) =>
    new GatewayError(
      42202,
      `The records have values, but there is no value schema: the subject ${subject} has none.`,
    ),
  invalidSchema: (why: string) => new GatewayError(42205, `Invalid schema: ${why}`),
  schemaOfOtherType: (subject: string, is: string, asked: string) =>
    new GatewayError(
      42205,
      `Invalid schema: the schema of the subject ${subject} is of the type ${is}, and the request is written for ${asked}. Send it as plain JSON, or with the media type of ${is}.`,
    ),
  schemaOnRaw: (topic: string) =>
    new GatewayError(
      42205,
      `Invalid schema: the topic ${topic} is raw and takes no schemas. Send JSON without one.`,
    ),
  binaryOnSchema: (topic: string) =>
    new GatewayError(
      42206,
      `The topic ${topic} has a schema, and bytes cannot be checked against it. Send JSON, which is checked and encoded by the schema.`,
    ),
  tooManyRecords: (found: number, most: number) =>
    new GatewayError(
      42208,
      `The request has ${found} records; ${most} are the most. Send them in parts.`,
    ),
  overloaded: () =>
    new GatewayError(429, 'Too many requests are under way. Try again in a moment.', {
      retriable: true,
    }),
  tooMuch: (waitSeconds: number) =>
    new GatewayError(
      429,
      `Request rate limit exceeded: this caller sends more than it may. Wait ${waitSeconds} s.`,
      { retriable: true, retryAfterSeconds: waitSeconds },
    ),
  internal: (cause: unknown) =>
    new GatewayError(500, 'Internal Server Error: the gateway failed at this request.', { cause }),
  log: (why: string) => new GatewayError(recordCodes.log, `The log refused: ${why}`),
  logUnavailable: (why: string) =>
    new GatewayError(recordCodes.logRetriable, `The log is not available: ${why}`, {
      retriable: true,
    }),
  registryUnavailable: (why: string) =>
    new GatewayError(503, `The schema of this topic could not be looked up: ${why}`, {
      retriable: true,
    }),
} as const
