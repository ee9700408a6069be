import { defineApi } from '../api.js'
import { arrayOf, field, int16, int32, string } from '../field.js'

/** The consumer groups a broker looks after. */
export const listGroups = defineApi({
  key: 16,
  name: 'ListGroups',
  versions: '0-5',
  flexible: '3+',
  request: [
    field('statesFilter', arrayOf(string), { versions: '4+' }),
    field('typesFilter', arrayOf(string), { versions: '5+' }),
  ],
  response: [
    field('throttleTimeMs', int32, { versions: '1+' }),
    field('errorCode', int16),
    field(
      'groups',
      arrayOf([
        field('groupId', string),
        field('protocolType', string),
        field('groupState', string, { versions: '4+' }),
        field('groupType', string, { versions: '5+' }),
      ]),
    ),
  ],
})
