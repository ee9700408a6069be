import { endTxn } from '../../protocol/apis.js'
import { errorOf } from '../error-code.js'
import { defineHandler } from '../request-handler.js'

const firstVersionWithFenced = 2
/** By the second protocol: the answer has the identity for the next transaction. */
const firstVersionThatRaises = 5

/** Commits or aborts a transaction. */
export const endTxnHandler = defineHandler(endTxn, async ({ broker, header }, request) => {
  const { apiVersion } = header
  const protocol = apiVersion >= firstVersionThatRaises ? 2 : 1
  try {
    return await broker.transactions.end(request, request.committed, protocol)
  } catch (cause) {
    return errorOf(cause, broker.log, apiVersion < firstVersionWithFenced)
  }
})
