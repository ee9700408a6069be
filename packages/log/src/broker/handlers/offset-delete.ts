import { offsetDelete } from '../../protocol/apis.js'
import { kafkaErrors } from '../../protocol/kafka-errors.js'
import { errorOf } from '../error-code.js'
import { defineHandler } from '../request-handler.js'

/** Forgets offsets of topics that the group does not read. */
export const offsetDeleteHandler = defineHandler(offsetDelete, ({ broker }, request) => {
  const asked = request.topics.flatMap(({ name, partitions }) =>
    partitions.map(({ partitionIndex }) => ({ topic: name, partition: partitionIndex })),
  )
  const known = asked.filter(
    ({ topic, partition }) => broker.topics.get(topic)?.partitions[partition] !== undefined,
  )
  try {
    const refusals = broker.groups.deleteOffsets(request.groupId, known)
    const codeOf = (name: string, partitionIndex: number) => {
      const at = known.findIndex((each) => each.topic === name && each.partition === partitionIndex)
      return at < 0 ? kafkaErrors.UNKNOWN_TOPIC_OR_PARTITION : (refusals[at]?.code ?? 0)
    }
    const topics = request.topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex }) => ({
        partitionIndex,
        errorCode: codeOf(name, partitionIndex),
      })),
    }))
    return { topics }
  } catch (cause) {
    return { errorCode: errorOf(cause, broker.log).errorCode }
  }
})
