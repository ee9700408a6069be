import { KafkaError, type LogClient, matcherOf } from '@millrace/log'
import { gatewayErrors } from '../../errors.js'

/** What an instance wants to read: topics by name, or all whose whole name matches. */
export type Subscription =
  | { readonly topics: readonly string[] }
  | { readonly matches: (topic: string) => boolean }

/** A pattern in RE2's syntax. Throws 422 for one that is not. */
export function patternSubscription(pattern: string): Subscription {
  try {
    return { matches: matcherOf(pattern) }
  } catch (cause) {
    if (!(cause instanceof KafkaError)) throw cause
    throw gatewayErrors.invalidRequest(`topic_pattern cannot be read: ${cause.detail}`)
  }
}

/**
 * The topics of a subscription that there are. A pattern chooses none of the platform's own, as
 * Kafka's clients leave internal topics out of patterns.
 */
export async function chosenTopics(
  client: LogClient,
  subscription: Subscription,
): Promise<{ name: string; partitions: number }[]> {
  if ('topics' in subscription) {
    return subscription.topics.length === 0 ? [] : client.topics(subscription.topics)
  }
  const all = await client.topics()
  return all.filter(({ name }) => !name.startsWith('__') && subscription.matches(name))
}
