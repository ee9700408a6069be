import { defineApi } from '../api.js'
import { arrayOf, field, int16, int32, int64, string } from '../field.js'

/** Offsets to be committed together with a transaction. */
export const txnOffsetCommit = defineApi({
  key: 28,
  name: 'TxnOffsetCommit',
  versions: '0-5',
  flexible: '3+',
  request: [
    field('transactionalId', string),
    field('groupId', string),
    field('producerId', int64),
    field('producerEpoch', int16),
    field('generationId', int32, { versions: '3+', default: -1 }),
    field('memberId', string, { versions: '3+' }),
    field('groupInstanceId', string, { versions: '3+', nullable: '3+', default: null }),
    field(
      'topics',
      arrayOf([
        field('name', string),
        field(
          'partitions',
          arrayOf([
            field('partitionIndex', int32),
            field('committedOffset', int64),
            field('committedLeaderEpoch', int32, { versions: '2+', default: -1 }),
            field('committedMetadata', string, { nullable: '0+' }),
          ]),
        ),
      ]),
    ),
  ],
  response: [
    field('throttleTimeMs', int32),
    field(
      'topics',
      arrayOf([
        field('name', string),
        field('partitions', arrayOf([field('partitionIndex', int32), field('errorCode', int16)])),
      ]),
    ),
  ],
})
