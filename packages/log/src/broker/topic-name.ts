import { KafkaError } from '../errors.js'
import { topicNameLettersMax } from '../limits.js'

/** Kafka's rule, for the name is a folder's too. Throws INVALID_TOPIC_EXCEPTION. */
export function checkTopicName(name: string): void {
  const refusal = refusalOf(name)
  if (refusal === undefined) return
  throw new KafkaError('INVALID_TOPIC_EXCEPTION', `topic "${name}"`, {
    detail: `The name ${refusal}.`,
  })
}

/**
 * Two names collide when they differ only in "." and "_": names of metrics have "_" for both, so
 * Kafka allows one of them.
 */
export function topicNamesCollide(left: string, right: string): boolean {
  return left !== right && left.replaceAll('.', '_') === right.replaceAll('.', '_')
}

function refusalOf(name: string): string | undefined {
  if (name === '') return 'is empty'
  if (name === '.' || name === '..') return 'is a folder of its own meaning'
  if (name.length > topicNameLettersMax) return `has more than ${topicNameLettersMax} letters`
  if (!/^[a-zA-Z0-9._-]+$/.test(name)) {
    return 'has other letters than a-z, A-Z, 0-9, ".", "_" and "-"'
  }
  return undefined
}
