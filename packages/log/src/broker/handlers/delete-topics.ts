import { KafkaError } from '../../errors.js'
import { deleteTopics } from '../../protocol/apis.js'
import { zeroUuid } from '../../protocol/field.js'
import { errorOf } from '../error-code.js'
import { type BrokerState, defineHandler } from '../request-handler.js'

/** Removes topics, by name or by id. Those of the broker itself are not removed. */
export const deleteTopicsHandler = defineHandler(deleteTopics, async ({ broker }, request) => {
  const asked = [
    ...request.topics,
    ...request.topicNames.map((name) => ({ name, topicId: zeroUuid })),
  ]
  const responses = []
  for (const each of asked) {
    try {
      responses.push(await remove(broker, each))
    } catch (cause) {
      responses.push({ ...each, ...errorOf(cause, broker.log) })
    }
  }
  return { responses }
})

async function remove(broker: BrokerState, asked: { name: string | null; topicId: string }) {
  const { name, topicId } = asked
  const topic = name === null ? broker.topics.byId(topicId) : broker.topics.get(name)
  if (topic === undefined) {
    throw name === null
      ? new KafkaError('UNKNOWN_TOPIC_ID', `topic ${topicId}`)
      : new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', `topic "${name}"`)
  }
  if (topic.internal) {
    throw new KafkaError('INVALID_TOPIC_EXCEPTION', `topic "${topic.description.name}"`)
  }
  await broker.topics.delete(topic)
  broker.groups.store.removeTopic(topic.description.name)
  return { name: topic.description.name, topicId: topic.description.id }
}
