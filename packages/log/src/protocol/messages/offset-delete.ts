import { defineApi } from '../api.js'
import { arrayOf, field, int16, int32, string } from '../field.js'

/** Forgets some of a consumer group's offsets. */
export const offsetDelete = defineApi({
  key: 47,
  name: 'OffsetDelete',
  versions: '0',
  flexible: 'none',
  request: [
    field('groupId', string),
    field(
      'topics',
      arrayOf([
        field('name', string),
        field('partitions', arrayOf([field('partitionIndex', int32)])),
      ]),
    ),
  ],
  response: [
    field('errorCode', int16),
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
