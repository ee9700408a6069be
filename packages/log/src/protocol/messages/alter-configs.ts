import { defineApi } from '../api.js'
import { arrayOf, bool, field, int8, int16, int32, string } from '../field.js'

/** Replaces all settings of topics and brokers: what is not named goes back to its default. */
export const alterConfigs = defineApi({
  key: 33,
  name: 'AlterConfigs',
  versions: '0-2',
  flexible: '2+',
  request: [
    field(
      'resources',
      arrayOf([
        field('resourceType', int8),
        field('resourceName', string),
        field(
          'configs',
          arrayOf([field('name', string), field('value', string, { nullable: '0+' })]),
        ),
      ]),
    ),
    field('validateOnly', bool),
  ],
  response: [
    field('throttleTimeMs', int32),
    field(
      'responses',
      arrayOf([
        field('errorCode', int16),
        field('errorMessage', string, { nullable: '0+' }),
        field('resourceType', int8),
        field('resourceName', string),
      ]),
    ),
  ],
})
