import { KafkaError } from '../errors.js'
import { kafkaErrors } from '../protocol/kafka-errors.js'

/** The code and the message that a client is told of a failure; the unexpected goes to the log. */
export function errorOf(
  cause: unknown,
  log: (line: string) => void,
): { errorCode: number; errorMessage: string } {
  if (cause instanceof KafkaError) return { errorCode: cause.code, errorMessage: cause.message }
  const told = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)
  log(`broker: a request failed unexpectedly: ${told}`)
  return { errorCode: kafkaErrors.UNKNOWN_SERVER_ERROR, errorMessage: String(cause) }
}
