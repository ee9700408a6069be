import { defineApi } from '../api.js'
import { arrayOf, bool, field, int16, int32, string, struct, uuid } from '../field.js'

/** Topics and their partitions, some at a time: an answer that is full says where to go on. */
export const describeTopicPartitions = defineApi({
  key: 75,
  name: 'DescribeTopicPartitions',
  versions: '0',
  flexible: '0+',
  request: [
    field('topics', arrayOf([field('name', string)])),
    field('responsePartitionLimit', int32, { default: 2000 }),
    field('cursor', struct([field('topicName', string), field('partitionIndex', int32)]), {
      nullable: '0+',
      default: null,
    }),
  ],
  response: [
    field('throttleTimeMs', int32),
    field(
      'topics',
      arrayOf([
        field('errorCode', int16),
        field('name', string, { nullable: '0+' }),
        field('topicId', uuid),
        field('isInternal', bool),
        field(
          'partitions',
          arrayOf([
            field('errorCode', int16),
            field('partitionIndex', int32),
            field('leaderId', int32),
            field('leaderEpoch', int32, { default: -1 }),
            field('replicaNodes', arrayOf(int32)),
            field('isrNodes', arrayOf(int32)),
            field('eligibleLeaderReplicas', arrayOf(int32), { nullable: '0+', default: null }),
            field('lastKnownElr', arrayOf(int32), { nullable: '0+', default: null }),
            field('offlineReplicas', arrayOf(int32)),
          ]),
        ),
        field('topicAuthorizedOperations', int32, { default: -0x80000000 }),
      ]),
    ),
    field('nextCursor', struct([field('topicName', string), field('partitionIndex', int32)]), {
      nullable: '0+',
      default: null,
    }),
  ],
})
