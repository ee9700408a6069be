import type { GroupTopic, GroupTopics } from '../groups/consumer/group-topics.js'
import type { Topic, Topics } from './topics.js'

/** The broker's topics, as groups see them. */
export function groupTopics(topics: Topics): GroupTopics {
  return {
    get revision() {
      return topics.revision
    },
    get: (name) => described(topics.get(name)),
    byId: (id) => described(topics.byId(id)),
    names: () => topics.all().map(({ description }) => description.name),
  }
}

function described(topic: Topic | undefined): GroupTopic | undefined {
  if (topic === undefined) return undefined
  const { id, name } = topic.description
  return { id, name, partitions: topic.partitions.length }
}
