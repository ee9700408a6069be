import { addOffsetsToTxn } from '../../protocol/apis.js'
import { errorOf } from '../error-code.js'
import { defineHandler } from '../request-handler.js'
import { offsetsTopic } from '../topics.js'

const firstVersionWithFenced = 2

/** Makes the log of group offsets part of a transaction. */
export const addOffsetsToTxnHandler = defineHandler(
  addOffsetsToTxn,
  async ({ broker, header }, request) => {
    try {
      await broker.groups.store.ready()
      await broker.transactions.addPartitions(request, [{ topic: offsetsTopic, partition: 0 }], 1)
      return {}
    } catch (cause) {
      return errorOf(cause, broker.log, header.apiVersion < firstVersionWithFenced)
    }
  },
)
