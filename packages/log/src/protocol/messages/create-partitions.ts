import { defineApi } from '../api.js'
import { arrayOf, bool, field, int16, int32, string } from '../field.js'

/** Gives topics more partitions. */
export const createPartitions = defineApi({
  key: 37,
  name: 'CreatePartitions',
  versions: '0-3',
  flexible: '2+',
  request: [
    field(
      'topics',
      arrayOf([
        field('name', string),
        field('count', int32),
        field('assignments', arrayOf([field('brokerIds', arrayOf(int32))]), { nullable: '0+' }),
      ]),
    ),
    field('timeoutMs', int32),
    field('validateOnly', bool),
  ],
  response: [
    field('throttleTimeMs', int32),
    field(
      'results',
      arrayOf([
        field('name', string),
        field('errorCode', int16),
        field('errorMessage', string, { nullable: '0+', default: null }),
      ]),
    ),
  ],
})
