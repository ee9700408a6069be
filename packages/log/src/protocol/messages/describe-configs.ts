import { defineApi } from '../api.js'
import { arrayOf, bool, field, int8, int16, int32, string } from '../field.js'

/** The settings of topics and brokers. */
export const describeConfigs = defineApi({
  key: 32,
  name: 'DescribeConfigs',
  versions: '1-4',
  flexible: '4+',
  request: [
    field(
      'resources',
      arrayOf([
        field('resourceType', int8),
        field('resourceName', string),
        field('configurationKeys', arrayOf(string), { nullable: '0+' }),
      ]),
    ),
    field('includeSynonyms', bool, { versions: '1+' }),
    field('includeDocumentation', bool, { versions: '3+' }),
  ],
  response: [
    field('throttleTimeMs', int32),
    field(
      'results',
      arrayOf([
        field('errorCode', int16),
        field('errorMessage', string, { nullable: '0+' }),
        field('resourceType', int8),
        field('resourceName', string),
        field(
          'configs',
          arrayOf([
            field('name', string),
            field('value', string, { nullable: '0+' }),
            field('readOnly', bool),
            field('configSource', int8, { versions: '1+', default: -1 }),
            field('isSensitive', bool),
            field(
              'synonyms',
              arrayOf([
                field('name', string, { versions: '1+' }),
                field('value', string, { versions: '1+', nullable: '0+' }),
                field('source', int8, { versions: '1+' }),
              ]),
              { versions: '1+' },
            ),
            field('configType', int8, { versions: '3+' }),
            field('documentation', string, { versions: '3+', nullable: '0+' }),
          ]),
        ),
      ]),
    ),
  ],
})
