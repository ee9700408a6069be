import { defineApi } from '../api.js'
import { arrayOf, bool, field, int8, int16, int32, int64, string } from '../field.js'

/** Writes the end of a transaction into partitions: brokers to one another, and admins. */
export const writeTxnMarkers = defineApi({
  key: 27,
  name: 'WriteTxnMarkers',
  versions: '1-2',
  flexible: '1+',
  request: [
    field(
      'markers',
      arrayOf([
        field('producerId', int64),
        field('producerEpoch', int16),
        field('transactionResult', bool),
        field(
          'topics',
          arrayOf([field('name', string), field('partitionIndexes', arrayOf(int32))]),
        ),
        field('coordinatorEpoch', int32),
        field('transactionVersion', int8, { versions: '2+' }),
      ]),
    ),
  ],
  response: [
    field(
      'markers',
      arrayOf([
        field('producerId', int64),
        field(
          'topics',
          arrayOf([
            field('name', string),
            field(
              'partitions',
              arrayOf([field('partitionIndex', int32), field('errorCode', int16)]),
            ),
          ]),
        ),
      ]),
    ),
  ],
})
