import { initProducerId } from '../../protocol/apis.js'
import { errorOf } from '../error-code.js'
import { defineHandler } from '../request-handler.js'

const firstVersionWithFenced = 4

/** Gives a producer its id, and fences the former holder of its transactional id. */
export const initProducerIdHandler = defineHandler(
  initProducerId,
  async ({ broker, header }, request) => {
    const { transactionalId, transactionTimeoutMs, producerId, producerEpoch } = request
    const held = producerId < 0 ? undefined : { producerId, producerEpoch }
    try {
      return await broker.transactions.initProducer(transactionalId, transactionTimeoutMs, held)
    } catch (cause) {
      const { errorCode } = errorOf(cause, broker.log, header.apiVersion < firstVersionWithFenced)
      return { errorCode, producerId: -1, producerEpoch: -1 }
    }
  },
)
