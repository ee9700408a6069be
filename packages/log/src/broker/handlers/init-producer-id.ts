import { initProducerId } from '../../protocol/apis.js'
import { kafkaErrors } from '../../protocol/kafka-errors.js'
import { errorOf } from '../error-code.js'
import { defineHandler } from '../request-handler.js'

const firstVersionWithFenced = 4

/** Gives a producer its id, and fences the former holder of its transactional id. */
export const initProducerIdHandler = defineHandler(
  initProducerId,
  async ({ broker, header }, request) => {
    const { transactionalId, transactionTimeoutMs, producerId, producerEpoch } = request
    const held = producerId < 0 ? undefined : { producerId, producerEpoch }
    if (producerId < 0 !== producerEpoch < 0) {
      return { errorCode: kafkaErrors.INVALID_REQUEST, producerId: -1, producerEpoch: -1 }
    }
    try {
      return await broker.transactions.initProducer(transactionalId, transactionTimeoutMs, held)
    } catch (cause) {
      const { errorCode } = errorOf(cause, broker.log, header.apiVersion < firstVersionWithFenced)
      return { errorCode, producerId: -1, producerEpoch: -1 }
    }
  },
)
