import { defineApi } from '../api.js'
import { arrayOf, field, int8, int16, int32, string } from '../field.js'

/** Names of what has settings. Version 0 knew only the metrics of clients. */
export const listConfigResources = defineApi({
  key: 74,
  name: 'ListConfigResources',
  versions: '0-1',
  flexible: '0+',
  request: [field('resourceTypes', arrayOf(int8), { versions: '1+' })],
  response: [
    field('throttleTimeMs', int32),
    field('errorCode', int16),
    field(
      'configResources',
      arrayOf([
        field('resourceName', string),
        field('resourceType', int8, { versions: '1+', default: 16 }),
      ]),
    ),
  ],
})
