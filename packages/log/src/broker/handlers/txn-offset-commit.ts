import { txnOffsetCommit } from '../../protocol/apis.js'
import { commitOffsets } from '../commit-offsets.js'
import { defineHandler } from '../request-handler.js'
import { offsetsTopic } from '../topics.js'

/** Keeps a group's offsets as part of a transaction: they count when it is committed. */
export const txnOffsetCommitHandler = defineHandler(
  txnOffsetCommit,
  async ({ broker }, request) => {
    const caller = {
      group: request.groupId,
      memberId: request.memberId,
      generation: request.generationId,
      groupInstanceId: request.groupInstanceId,
    }
    const checkProducer = () =>
      broker.transactions.checkMember(request, { topic: offsetsTopic, partition: 0 })
    const { producerId, producerEpoch } = request
    const producer = { producerId, producerEpoch, check: checkProducer }
    return { topics: await commitOffsets(broker, caller, request.topics, producer) }
  },
  '0-3',
)
