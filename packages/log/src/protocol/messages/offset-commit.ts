import { defineApi } from '../api.js'
import { arrayOf, field, int16, int32, int64, string, uuid } from '../field.js'

/** Keeps a consumer group's offsets. */
export const offsetCommit = defineApi({
  key: 8,
  name: 'OffsetCommit',
  versions: '2-10',
  flexible: '8+',
  request: [
    field('groupId', string),
    field('generationIdOrMemberEpoch', int32, { versions: '1+', default: -1 }),
    field('memberId', string, { versions: '1+' }),
    field('groupInstanceId', string, { versions: '7+', nullable: '7+', default: null }),
    field('retentionTimeMs', int64, { versions: '2-4', default: -1 }),
    field(
      'topics',
      arrayOf([
        field('name', string, { versions: '0-9' }),
        field('topicId', uuid, { versions: '10+' }),
        field(
          'partitions',
          arrayOf([
            field('partitionIndex', int32),
            field('committedOffset', int64),
            field('committedLeaderEpoch', int32, { versions: '6+', default: -1 }),
            field('committedMetadata', string, { nullable: '0+' }),
          ]),
        ),
      ]),
    ),
  ],
  response: [
    field('throttleTimeMs', int32, { versions: '3+' }),
    field(
      'topics',
      arrayOf([
        field('name', string, { versions: '0-9' }),
        field('topicId', uuid, { versions: '10+' }),
        field('partitions', arrayOf([field('partitionIndex', int32), field('errorCode', int16)])),
      ]),
    ),
  ],
})
