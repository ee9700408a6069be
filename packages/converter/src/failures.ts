import { KafkaError } from '@millrace/log'
import { RegistryClientError } from '@millrace/schema'
import { ConverterError } from './errors.js'

/** What the log refuses because of one record, and not because of the topic. */
const ofARecord: ReadonlySet<string> = new Set([
  'INVALID_RECORD',
  'INVALID_TIMESTAMP',
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
])

/** Whether some record of what was to be written is to blame. */
export function isOfARecord(cause: unknown): cause is KafkaError {
  return cause instanceof KafkaError && ofARecord.has(cause.codeName)
}

const fenced: ReadonlySet<string> = new Set(['PRODUCER_FENCED', 'INVALID_PRODUCER_EPOCH'])

/** Whether another process holds the transactional id now. */
export function isFenced(cause: unknown): boolean {
  return cause instanceof KafkaError && fenced.has(cause.codeName)
}

/** Whether the same may work a little later, once everything is looked up again. */
export function isPassing(cause: unknown): cause is Error {
  if (cause instanceof ConverterError) return cause.isPassing
  if (cause instanceof RegistryClientError) return cause.retriable
  if (!(cause instanceof KafkaError)) return false
  return cause.retriable || cause.codeName === 'OFFSET_OUT_OF_RANGE'
}
