import type { Platform } from '../supervise/platform.js'
import type { TopicView } from './types.js'

/** The broker's own count of each topic; those that the platform keeps for itself begin with `_`. */
export async function listTopics(platform: Platform, internal: boolean): Promise<TopicView[]> {
  const topics = await platform.broker.persist((link) => link.call('topics'))
  return topics
    .filter(({ name }) => internal || !name.startsWith('_'))
    .map(({ name, cluster, partitions, records }) => ({ name, cluster, partitions, records }))
    .sort((a, b) => a.name.localeCompare(b.name))
}
