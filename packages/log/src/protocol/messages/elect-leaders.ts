import { defineApi } from '../api.js'
import { arrayOf, field, int8, int16, int32, string } from '../field.js'

/** Makes other replicas lead partitions. */
export const electLeaders = defineApi({
  key: 43,
  name: 'ElectLeaders',
  versions: '0-2',
  flexible: '2+',
  request: [
    field('electionType', int8, { versions: '1+' }),
    field(
      'topicPartitions',
      arrayOf([field('topic', string), field('partitions', arrayOf(int32))]),
      { nullable: '0+' },
    ),
    field('timeoutMs', int32, { default: 60000 }),
  ],
  response: [
    field('throttleTimeMs', int32),
    field('errorCode', int16, { versions: '1+' }),
    field(
      'replicaElectionResults',
      arrayOf([
        field('topic', string),
        field(
          'partitionResult',
          arrayOf([
            field('partitionId', int32),
            field('errorCode', int16),
            field('errorMessage', string, { nullable: '0+' }),
          ]),
        ),
      ]),
    ),
  ],
})
