import { defineApi } from '../api.js'
import { arrayOf, field, int16, int32, string } from '../field.js'

/** Deletes consumer groups that have no members. */
export const deleteGroups = defineApi({
  key: 42,
  name: 'DeleteGroups',
  versions: '0-2',
  flexible: '2+',
  request: [field('groupsNames', arrayOf(string))],
  response: [
    field('throttleTimeMs', int32),
    field('results', arrayOf([field('groupId', string), field('errorCode', int16)])),
  ],
})
