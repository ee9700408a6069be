import { defineApi } from '../api.js'
import { arrayOf, field, int16, int32, int64, string } from '../field.js'

/** What partitions know of their producers. */
export const describeProducers = defineApi({
  key: 61,
  name: 'DescribeProducers',
  versions: '0',
  flexible: '0+',
  request: [
    field('topics', arrayOf([field('name', string), field('partitionIndexes', arrayOf(int32))])),
  ],
  response: [
    field('throttleTimeMs', int32),
    field(
      'topics',
      arrayOf([
        field('name', string),
        field(
          'partitions',
          arrayOf([
            field('partitionIndex', int32),
            field('errorCode', int16),
            field('errorMessage', string, { nullable: '0+', default: null }),
            field(
              'activeProducers',
              arrayOf([
                field('producerId', int64),
                field('producerEpoch', int32),
                field('lastSequence', int32, { default: -1 }),
                field('lastTimestamp', int64, { default: -1 }),
                field('coordinatorEpoch', int32),
                field('currentTxnStartOffset', int64, { default: -1 }),
              ]),
            ),
          ]),
        ),
      ]),
    ),
  ],
})
