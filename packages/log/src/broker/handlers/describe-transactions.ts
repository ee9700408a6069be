import { describeTransactions } from '../../protocol/apis.js'
import { kafkaErrors } from '../../protocol/kafka-errors.js'
import { byTopic, type Transaction } from '../../transactions/transaction.js'
import { nameOf } from '../../transactions/transaction-listing.js'
import { defineHandler } from '../request-handler.js'

/** How the transactions of transactional ids stand. */
export const describeTransactionsHandler = defineHandler(
  describeTransactions,
  ({ broker }, request) => ({
    transactionStates: request.transactionalIds.map((transactionalId) => {
      const transaction = broker.transactions.get(transactionalId)
      if (transaction !== undefined) return described(transaction)
      const { INVALID_REQUEST, TRANSACTIONAL_ID_NOT_FOUND } = kafkaErrors
      const errorCode = transactionalId === '' ? INVALID_REQUEST : TRANSACTIONAL_ID_NOT_FOUND
      return { transactionalId, errorCode }
    }),
  }),
)

function described(transaction: Transaction) {
  return {
    transactionalId: transaction.transactionalId,
    transactionState: nameOf(transaction.status),
    transactionTimeoutMs: transaction.timeoutMs,
    transactionStartTimeMs: transaction.startedAt,
    producerId: transaction.producerId,
    producerEpoch: transaction.producerEpoch,
    topics: byTopic(transaction.partitions),
  }
}
