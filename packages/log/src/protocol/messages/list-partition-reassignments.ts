import { defineApi } from '../api.js'
import { arrayOf, field, int16, int32, string } from '../field.js'

/** The partitions that are being moved. */
export const listPartitionReassignments = defineApi({
  key: 46,
  name: 'ListPartitionReassignments',
  versions: '0',
  flexible: '0+',
  request: [
    field('timeoutMs', int32, { default: 60000 }),
    field('topics', arrayOf([field('name', string), field('partitionIndexes', arrayOf(int32))]), {
      nullable: '0+',
      default: null,
    }),
  ],
  response: [
    field('throttleTimeMs', int32),
    field('errorCode', int16),
    field('errorMessage', string, { nullable: '0+' }),
    field(
      'topics',
      arrayOf([
        field('name', string),
        field(
          'partitions',
          arrayOf([
            field('partitionIndex', int32),
            field('replicas', arrayOf(int32)),
            field('addingReplicas', arrayOf(int32)),
            field('removingReplicas', arrayOf(int32)),
          ]),
        ),
      ]),
    ),
  ],
})
