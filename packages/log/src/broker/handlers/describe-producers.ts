import { describeProducers } from '../../protocol/apis.js'
import { errorOf } from '../error-code.js'
import { defineHandler } from '../request-handler.js'
import { checkTopicName } from '../topic-name.js'

/** What partitions know of their producers: where each is, and what it has open. */
export const describeProducersHandler = defineHandler(describeProducers, ({ broker }, request) => ({
  topics: request.topics.map(({ name, partitionIndexes }) => ({
    name,
    partitions: partitionIndexes.map((partitionIndex) => {
      try {
        checkTopicName(name)
        const { producers } = broker.topics.partition(name, partitionIndex)
        return { partitionIndex, activeProducers: producers.summaries() }
      } catch (cause) {
        return { partitionIndex, ...errorOf(cause, broker.log) }
      }
    }),
  })),
}))
