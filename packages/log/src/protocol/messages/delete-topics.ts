import { defineApi } from '../api.js'
import { arrayOf, field, int16, int32, string, uuid } from '../field.js'

/** Deletes topics, by name or (from version 6) by id. */
export const deleteTopics = defineApi({
  key: 20,
  name: 'DeleteTopics',
  versions: '1-6',
  flexible: '4+',
  request: [
    field(
      'topics',
      arrayOf([
        field('name', string, { versions: '6+', nullable: '6+', default: null }),
        field('topicId', uuid, { versions: '6+' }),
      ]),
      { versions: '6+' },
    ),
    field('topicNames', arrayOf(string), { versions: '0-5' }),
    field('timeoutMs', int32),
  ],
  response: [
    field('throttleTimeMs', int32, { versions: '1+' }),
    field(
      'responses',
      arrayOf([
        field('name', string, { nullable: '6+' }),
        field('topicId', uuid, { versions: '6+' }),
        field('errorCode', int16),
        field('errorMessage', string, { versions: '5+', nullable: '5+', default: null }),
      ]),
    ),
  ],
})
