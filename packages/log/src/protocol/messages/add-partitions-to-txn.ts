import { defineApi } from '../api.js'
import { arrayOf, bool, field, int16, int32, int64, string } from '../field.js'

const addPartitionsToTxnTopic = [
  field('name', string),
  field('partitions', arrayOf(int32)),
] as const

const addPartitionsToTxnPartitionResult = [
  field('partitionIndex', int32),
  field('partitionErrorCode', int16),
] as const

const addPartitionsToTxnTopicResult = [
  field('name', string),
  field('resultsByPartition', arrayOf(addPartitionsToTxnPartitionResult)),
] as const

/** Makes partitions part of a transaction. Versions 4 and newer are for brokers among themselves. */
export const addPartitionsToTxn = defineApi({
  key: 24,
  name: 'AddPartitionsToTxn',
  versions: '0-5',
  flexible: '3+',
  request: [
    field(
      'transactions',
      arrayOf([
        field('transactionalId', string, { versions: '4+' }),
        field('producerId', int64, { versions: '4+' }),
        field('producerEpoch', int16, { versions: '4+' }),
        field('verifyOnly', bool, { versions: '4+' }),
        field('topics', arrayOf(addPartitionsToTxnTopic), { versions: '4+' }),
      ]),
      { versions: '4+' },
    ),
    field('v3AndBelowTransactionalId', string, { versions: '0-3' }),
    field('v3AndBelowProducerId', int64, { versions: '0-3' }),
    field('v3AndBelowProducerEpoch', int16, { versions: '0-3' }),
    field('v3AndBelowTopics', arrayOf(addPartitionsToTxnTopic), { versions: '0-3' }),
  ],
  response: [
    field('throttleTimeMs', int32),
    field('errorCode', int16, { versions: '4+' }),
    field(
      'resultsByTransaction',
      arrayOf([
        field('transactionalId', string, { versions: '4+' }),
        field('topicResults', arrayOf(addPartitionsToTxnTopicResult), { versions: '4+' }),
      ]),
      { versions: '4+' },
    ),
    field('resultsByTopicV3AndBelow', arrayOf(addPartitionsToTxnTopicResult), { versions: '0-3' }),
  ],
})
