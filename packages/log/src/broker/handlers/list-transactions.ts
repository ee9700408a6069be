import { listTransactions } from '../../protocol/apis.js'
import { listed, nameOf } from '../../transactions/transaction-listing.js'
import { errorOf } from '../error-code.js'
import { defineHandler } from '../request-handler.js'

/** The transactional ids that there are, those of certain statuses, producers, ages or names. */
export const listTransactionsHandler = defineHandler(listTransactions, ({ broker }, request) => {
  const filter = {
    statuses: request.stateFilters,
    producerIds: request.producerIdFilters,
    durationMs: request.durationFilter,
    pattern: request.transactionalIdPattern ?? '',
  }
  try {
    const now = broker.host.clock.now()
    const { found, unknownStatuses } = listed(broker.transactions.all(), filter, now)
    return {
      unknownStateFilters: unknownStatuses,
      transactionStates: found.map(({ transactionalId, producerId, status }) => ({
        transactionalId,
        producerId,
        transactionState: nameOf(status),
      })),
    }
  } catch (cause) {
    return { errorCode: errorOf(cause, broker.log).errorCode }
  }
})
