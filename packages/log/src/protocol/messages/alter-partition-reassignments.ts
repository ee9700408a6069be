import { defineApi } from '../api.js'
import { arrayOf, bool, field, int16, int32, string } from '../field.js'

/** Moves partitions to other brokers, or stops such a move. */
export const alterPartitionReassignments = defineApi({
  key: 45,
  name: 'AlterPartitionReassignments',
  versions: '0-1',
  flexible: '0+',
  request: [
    field('timeoutMs', int32, { default: 60000 }),
    field('allowReplicationFactorChange', bool, { versions: '1+', default: true }),
    field(
      'topics',
      arrayOf([
        field('name', string),
        field(
          'partitions',
          arrayOf([
            field('partitionIndex', int32),
            field('replicas', arrayOf(int32), { nullable: '0+', default: null }),
          ]),
        ),
      ]),
    ),
  ],
  response: [
    field('throttleTimeMs', int32),
    field('allowReplicationFactorChange', bool, { versions: '1+', default: true }),
    field('errorCode', int16),
    field('errorMessage', string, { nullable: '0+' }),
    field(
      'responses',
      arrayOf([
        field('name', string),
        field(
          'partitions',
          arrayOf([
            field('partitionIndex', int32),
            field('errorCode', int16),
            field('errorMessage', string, { nullable: '0+' }),
          ]),
        ),
      ]),
    ),
  ],
})
