import { txnOffsetCommit } from '../../protocol/apis.js'
import { commitOffsets } from '../commit-offsets.js'
import { defineHandler } from '../request-handler.js'
import { offsetsTopic } from '../topics.js'

const firstVersionWithAbortable = 4
/** By the second protocol: the log of offsets joins the transaction by being written to. */
const firstVersionThatJoins = 5

/** Keeps a group's offsets as part of a transaction: they count when it is committed. */
export const txnOffsetCommitHandler = defineHandler(
  txnOffsetCommit,
  async ({ broker, header }, request) => {
    const { apiVersion } = header
    const caller = {
      group: request.groupId,
      memberId: request.memberId,
      generation: request.generationId,
      groupInstanceId: request.groupInstanceId,
    }
    const place = { topic: offsetsTopic, partition: 0 }
    const refusal =
      apiVersion >= firstVersionWithAbortable ? 'TRANSACTION_ABORTABLE' : 'INVALID_TXN_STATE'
    const check = async () => {
      if (apiVersion >= firstVersionThatJoins) {
        await broker.transactions.addPartitions(request, [place], 2)
      }
      broker.transactions.checkMember(request, place, refusal)
    }
    const { producerId, producerEpoch } = request
    const acknowledged = () => {
      const log = broker.topics.partition(place.topic, place.partition)
      return broker.transactions.acknowledged(request.transactionalId, log)
    }
    const producer = { producerId, producerEpoch, check, acknowledged }
    const options = { inTransaction: true, knowsEpochs: false, producer }
    return { topics: await commitOffsets(broker, caller, request.topics, options) }
  },
)
