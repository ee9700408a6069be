import { defineApi } from '../api.js'
import { arrayOf, field, int16, int32, int64, string } from '../field.js'

/** Where the records of a leader epoch end, so that a reader notices when they were replaced. */
export const offsetForLeaderEpoch = defineApi({
  key: 23,
  name: 'OffsetForLeaderEpoch',
  versions: '2-4',
  flexible: '4+',
  request: [
    field('replicaId', int32, { versions: '3+', default: -2 }),
    field(
      'topics',
      arrayOf([
        field('topic', string),
        field(
          'partitions',
          arrayOf([
            field('partition', int32),
            field('currentLeaderEpoch', int32, { versions: '2+', default: -1 }),
            field('leaderEpoch', int32),
          ]),
        ),
      ]),
    ),
  ],
  response: [
    field('throttleTimeMs', int32, { versions: '2+' }),
    field(
      'topics',
      arrayOf([
        field('topic', string),
        field(
          'partitions',
          arrayOf([
            field('errorCode', int16),
            field('partition', int32),
            field('leaderEpoch', int32, { versions: '1+', default: -1 }),
            field('endOffset', int64, { default: -1 }),
          ]),
        ),
      ]),
    ),
  ],
})
