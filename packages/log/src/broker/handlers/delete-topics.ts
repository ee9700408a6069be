import { KafkaError } from '../../errors.js'
import { deleteTopics } from '../../protocol/apis.js'
import { zeroUuid } from '../../protocol/field.js'
import { errorOf } from '../error-code.js'
import { checkNotRepeated, onceEach } from '../once-each.js'
import { type BrokerState, defineHandler } from '../request-handler.js'
import type { Topic } from '../topics.js'

/** By name, or by id where the name is null. */
interface Asked {
  name: string | null
  topicId: string
}

/** Removes topics, by name or by id. Those of the broker itself are not removed. */
export const deleteTopicsHandler = defineHandler(deleteTopics, async ({ broker }, request) => {
  const all = [
    ...request.topics,
    ...request.topicNames.map((name) => ({ name, topicId: zeroUuid })),
  ]
  const responses = []
  for (const { asked, repeated } of onceEach(all, ({ name, topicId }) => `${name} ${topicId}`)) {
    try {
      checkNotRepeated(`topic ${asked.name ?? asked.topicId}`, repeated)
      const { name, id } = await remove(broker, find(broker, asked))
      responses.push({ name, topicId: id })
    } catch (cause) {
      responses.push({ ...asked, ...errorOf(cause, broker.log) })
    }
  }
  return { responses }
})

function find(broker: BrokerState, { name, topicId }: Asked): Topic {
  if (name !== null && topicId !== zeroUuid) {
    const detail = 'It is asked for by its name and by its id; give one of them.'
    throw new KafkaError('INVALID_REQUEST', `topic "${name}"`, { detail })
  }
  if (name !== null) {
    const topic = broker.topics.get(name)
    if (topic !== undefined) return topic
    throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', `topic "${name}"`)
  }
  if (topicId === zeroUuid) {
    const detail = 'Neither a name nor an id is given.'
    throw new KafkaError('INVALID_REQUEST', 'a topic', { detail })
  }
  const topic = broker.topics.byId(topicId)
  if (topic !== undefined) return topic
  throw new KafkaError('UNKNOWN_TOPIC_ID', `topic ${topicId}`)
}

async function remove(broker: BrokerState, topic: Topic) {
  const { description } = topic
  if (topic.internal) {
    throw new KafkaError('INVALID_TOPIC_EXCEPTION', `topic "${description.name}"`)
  }
  await broker.topics.delete(topic)
  broker.groups.store.removeTopic(description.name)
  return description
}
