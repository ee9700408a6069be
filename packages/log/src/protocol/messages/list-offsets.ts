import { defineApi } from '../api.js'
import { arrayOf, field, int8, int16, int32, int64, string } from '../field.js'

/** Finds an offset by time. Timestamps below zero are marks: -1 the end, -2 the start. */
export const listOffsets = defineApi({
  key: 2,
  name: 'ListOffsets',
  versions: '1-11',
  flexible: '6+',
  request: [
    field('replicaId', int32),
    field('isolationLevel', int8, { versions: '2+' }),
    field(
      'topics',
      arrayOf([
        field('name', string),
        field(
          'partitions',
          arrayOf([
            field('partitionIndex', int32),
            field('currentLeaderEpoch', int32, { versions: '4+', default: -1 }),
            field('timestamp', int64),
          ]),
        ),
      ]),
    ),
    field('timeoutMs', int32, { versions: '10+' }),
  ],
  response: [
    field('throttleTimeMs', int32, { versions: '2+' }),
    field(
      'topics',
      arrayOf([
        field('name', string),
        field(
          'partitions',
          arrayOf([
            field('partitionIndex', int32),
            field('errorCode', int16),
            field('timestamp', int64, { versions: '1+', default: -1 }),
            field('offset', int64, { versions: '1+', default: -1 }),
            field('leaderEpoch', int32, { versions: '4+', default: -1 }),
          ]),
        ),
      ]),
    ),
  ],
})
