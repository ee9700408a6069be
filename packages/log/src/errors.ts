import { type KafkaErrorName, kafkaErrorOf, kafkaErrors } from './protocol/kafka-errors.js'

/** What may be said beyond the code: where it happened, and what the cause was. */
export interface KafkaErrorOptions extends ErrorOptions {
  /** More about what happened, as a sentence or two. */
  detail?: string
  /** Says that trying again will not help, although the code is a retriable one. */
  final?: boolean
}

/**
 * A request to a broker that failed, with the protocol's code. The message says what happened,
 * where, and what can be done. A broker that cannot be reached is NETWORK_EXCEPTION, one that
 * does not answer REQUEST_TIMED_OUT.
 */
export class KafkaError extends Error {
  readonly code: number
  readonly codeName: string
  /** Whether the same request may succeed a little later. */
  readonly retriable: boolean
  /** What was said beyond the code's own sentence. */
  readonly detail: string | undefined

  /** `where` names the thing in question: "topic rides", "broker 127.0.0.1:9092". */
  constructor(code: number | KafkaErrorName, where: string, options: KafkaErrorOptions = {}) {
    const kind = kafkaErrorOf(typeof code === 'number' ? code : kafkaErrors[code])
    const { detail, final, ...rest } = options
    const sentences = [`${where}: ${kind.message}`, detail, kind.hint].filter(Boolean)
    super(`${sentences.join(' ')} (${kind.name})`, rest)
    this.name = 'KafkaError'
    this.code = kind.code
    this.codeName = kind.name
    this.detail = detail
    this.retriable = kind.retriable && !final
  }
}

/** Bytes that are not a message of the Kafka protocol: cut off, or with lengths that lie. */
export class ProtocolError extends Error {
  readonly detail: string

  constructor(detail: string) {
    super(
      `These bytes are not a message of the Kafka protocol: ${detail}. Is the other side a Kafka client or broker?`,
    )
    this.name = 'ProtocolError'
    this.detail = detail
  }
}

/** A version of an API that is not in our tables. */
export class UnsupportedVersionError extends Error {
  constructor(api: { name: string; versions: { min: number; max: number } }, version: number) {
    super(
      `Version ${version} of ${api.name} is not supported, versions ${api.versions.min} to ${api.versions.max} are. Use a client or broker that speaks one of them.`,
    )
    this.name = 'UnsupportedVersionError'
  }
}

/** A record batch whose bytes contradict themselves. */
export class CorruptBatchError extends Error {
  constructor(reason: string) {
    super(`The record batch is damaged: ${reason}. Send or fetch it again.`)
    this.name = 'CorruptBatchError'
  }
}
