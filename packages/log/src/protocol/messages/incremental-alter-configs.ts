import { defineApi } from '../api.js'
import { arrayOf, bool, field, int8, int16, int32, string } from '../field.js'

/** Changes single settings of topics and brokers. */
export const incrementalAlterConfigs = defineApi({
  key: 44,
  name: 'IncrementalAlterConfigs',
  versions: '0-1',
  flexible: '1+',
  request: [
    field(
      'resources',
      arrayOf([
        field('resourceType', int8),
        field('resourceName', string),
        field(
          'configs',
          arrayOf([
            field('name', string),
            field('configOperation', int8),
            field('value', string, { nullable: '0+' }),
          ]),
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
