import { endTxn } from '../../protocol/apis.js'
import { errorOf } from '../error-code.js'
import { defineHandler } from '../request-handler.js'

const firstVersionWithFenced = 2

/** Commits or aborts a transaction. */
export const endTxnHandler = defineHandler(
  endTxn,
  async ({ broker, header }, request) => {
    try {
      await broker.transactions.end(request, request.committed)
      return {}
    } catch (cause) {
      return errorOf(cause, broker.log, header.apiVersion < firstVersionWithFenced)
    }
  },
  '0-3',
)
