import { defineApi } from '../api.js'
import { arrayOf, bool, field, int8, int16, int32, string, uuid } from '../field.js'

/** Creates topics. */
export const createTopics = defineApi({
  key: 19,
  name: 'CreateTopics',
  versions: '2-7',
  flexible: '5+',
  request: [
    field(
      'topics',
      arrayOf([
        field('name', string),
        field('numPartitions', int32),
        field('replicationFactor', int16),
        field(
          'assignments',
          arrayOf([field('partitionIndex', int32), field('brokerIds', arrayOf(int32))]),
        ),
        field(
          'configs',
          arrayOf([field('name', string), field('value', string, { nullable: '0+' })]),
        ),
      ]),
    ),
    field('timeoutMs', int32, { default: 60000 }),
    field('validateOnly', bool, { versions: '1+' }),
  ],
  response: [
    field('throttleTimeMs', int32, { versions: '2+' }),
    field(
      'topics',
      arrayOf([
        field('name', string),
        field('topicId', uuid, { versions: '7+' }),
        field('errorCode', int16),
        field('errorMessage', string, { versions: '1+', nullable: '0+' }),
        field('topicConfigErrorCode', int16, { versions: '5+', tag: 0 }),
        field('numPartitions', int32, { versions: '5+', default: -1 }),
        field('replicationFactor', int16, { versions: '5+', default: -1 }),
        field(
          'configs',
          arrayOf([
            field('name', string, { versions: '5+' }),
            field('value', string, { versions: '5+', nullable: '5+' }),
            field('readOnly', bool, { versions: '5+' }),
            field('configSource', int8, { versions: '5+', default: -1 }),
            field('isSensitive', bool, { versions: '5+' }),
          ]),
          { versions: '5+', nullable: '5+' },
        ),
      ]),
    ),
  ],
})
