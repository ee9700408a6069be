import { KafkaError } from '../errors.js'
import { kafkaErrors } from '../protocol/kafka-errors.js'

/**
 * The code and the message that a client is told of a failure; the unexpected goes to the log.
 * `beforeFenced`: the version of the request is older than PRODUCER_FENCED, and knows another
 * code for it.
 */
export function errorOf(
  cause: unknown,
  log: (line: string) => void,
  beforeFenced = false,
): { errorCode: number; errorMessage: string } {
  if (cause instanceof KafkaError) {
    const fenced = beforeFenced && cause.code === kafkaErrors.PRODUCER_FENCED
    const errorCode = fenced ? kafkaErrors.INVALID_PRODUCER_EPOCH : cause.code
    return { errorCode, errorMessage: cause.detail ?? cause.message }
  }
  const told = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)
  log(`broker: a request failed unexpectedly: ${told}`)
  return { errorCode: kafkaErrors.UNKNOWN_SERVER_ERROR, errorMessage: String(cause) }
}
