import { defineApi } from '../api.js'
import { arrayOf, field, int16, int32, int64, string } from '../field.js'

/** How the transactions of transactional ids stand. */
export const describeTransactions = defineApi({
  key: 65,
  name: 'DescribeTransactions',
  versions: '0',
  flexible: '0+',
  request: [field('transactionalIds', arrayOf(string))],
  response: [
    field('throttleTimeMs', int32),
    field(
      'transactionStates',
      arrayOf([
        field('errorCode', int16),
        field('transactionalId', string),
        field('transactionState', string),
        field('transactionTimeoutMs', int32),
        field('transactionStartTimeMs', int64),
        field('producerId', int64),
        field('producerEpoch', int16),
        field('topics', arrayOf([field('topic', string), field('partitions', arrayOf(int32))])),
      ]),
    ),
  ],
})
