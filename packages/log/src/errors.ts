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

/** Records of a batch that a log does not take; the batch is refused as a whole. */
export class RefusedRecordsError extends KafkaError {
  readonly recordErrors: readonly RecordError[]

  /** The first of the codes that it is refused with is INVALID_TIMESTAMP where there is one. */
  constructor(where: string, recordErrors: readonly RecordError[]) {
    const isTime = recordErrors.some((each) => each.code === 'INVALID_TIMESTAMP')
    const [first] = recordErrors
    const others = recordErrors.length > 1 ? `, and ${recordErrors.length - 1} others` : ''
    const detail = `Record ${first?.batchIndex} of the batch${others}: ${first?.reason}`
    super(isTime ? 'INVALID_TIMESTAMP' : 'INVALID_RECORD', where, { detail })
    this.name = 'RefusedRecordsError'
    this.recordErrors = recordErrors
  }
}

/** Why a record is refused. */
export interface RecordError {
  /** Its place in the batch, from 0. */
  batchIndex: number
  code: 'INVALID_RECORD' | 'INVALID_TIMESTAMP'
  reason: string
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
