import { defineApi } from '../api.js'
import { arrayOf, bool, field, int16, int32, int64, string, uuid } from '../field.js'

/** Reads a consumer group's offsets. */
export const offsetFetch = defineApi({
  key: 9,
  name: 'OffsetFetch',
  versions: '1-10',
  flexible: '6+',
  request: [
    field('groupId', string, { versions: '0-7' }),
    field(
      'topics',
      arrayOf([
        field('name', string, { versions: '0-7' }),
        field('partitionIndexes', arrayOf(int32), { versions: '0-7' }),
      ]),
      { versions: '0-7', nullable: '2-7' },
    ),
    field(
      'groups',
      arrayOf([
        field('groupId', string, { versions: '8+' }),
        field('memberId', string, { versions: '9+', nullable: '9+', default: null }),
        field('memberEpoch', int32, { versions: '9+', default: -1 }),
        field(
          'topics',
          arrayOf([
            field('name', string, { versions: '8-9' }),
            field('topicId', uuid, { versions: '10+' }),
            field('partitionIndexes', arrayOf(int32), { versions: '8+' }),
          ]),
          { versions: '8+', nullable: '8+' },
        ),
      ]),
      { versions: '8+' },
    ),
    field('requireStable', bool, { versions: '7+' }),
  ],
  response: [
    field('throttleTimeMs', int32, { versions: '3+' }),
    field(
      'topics',
      arrayOf([
        field('name', string, { versions: '0-7' }),
        field(
          'partitions',
          arrayOf([
            field('partitionIndex', int32, { versions: '0-7' }),
            field('committedOffset', int64, { versions: '0-7' }),
            field('committedLeaderEpoch', int32, { versions: '5-7', default: -1 }),
            field('metadata', string, { versions: '0-7', nullable: '0-7' }),
            field('errorCode', int16, { versions: '0-7' }),
          ]),
          { versions: '0-7' },
        ),
      ]),
      { versions: '0-7' },
    ),
    field('errorCode', int16, { versions: '2-7' }),
    field(
      'groups',
      arrayOf([
        field('groupId', string, { versions: '8+' }),
        field(
          'topics',
          arrayOf([
            field('name', string, { versions: '8-9' }),
            field('topicId', uuid, { versions: '10+' }),
            field(
              'partitions',
              arrayOf([
                field('partitionIndex', int32, { versions: '8+' }),
                field('committedOffset', int64, { versions: '8+' }),
                field('committedLeaderEpoch', int32, { versions: '8+', default: -1 }),
                field('metadata', string, { versions: '8+', nullable: '8+' }),
                field('errorCode', int16, { versions: '8+' }),
              ]),
              { versions: '8+' },
            ),
          ]),
          { versions: '8+' },
        ),
        field('errorCode', int16, { versions: '8+' }),
      ]),
      { versions: '8+' },
    ),
  ],
})
