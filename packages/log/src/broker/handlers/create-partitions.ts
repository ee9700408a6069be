import { KafkaError } from '../../errors.js'
import { createPartitions } from '../../protocol/apis.js'
import { errorOf } from '../error-code.js'
import { defineHandler } from '../request-handler.js'

/** Gives topics more partitions, or with `validateOnly` says whether that could be done. */
export const createPartitionsHandler = defineHandler(
  createPartitions,
  async ({ broker }, request) => {
    const results = []
    for (const { name, count } of request.topics) {
      try {
        const topic = broker.topics.get(name)
        if (topic === undefined) {
          throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', `topic "${name}"`)
        }
        if (topic.internal) throw new KafkaError('INVALID_TOPIC_EXCEPTION', `topic "${name}"`)
        if (request.validateOnly) broker.topics.checkAdded(topic, count)
        else await broker.topics.addPartitions(topic, count)
        results.push({ name })
      } catch (cause) {
        results.push({ name, ...errorOf(cause, broker.log) })
      }
    }
    return { results }
  },
)
