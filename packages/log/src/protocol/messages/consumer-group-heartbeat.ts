import { defineApi } from '../api.js'
import { arrayOf, field, int16, int32, string, struct, uuid } from '../field.js'

const topicPartitions = arrayOf([field('topicId', uuid), field('partitions', arrayOf(int32))])

/** Joins a group of the newer protocol, goes on in it, and leaves it (KIP-848). */
export const consumerGroupHeartbeat = defineApi({
  key: 68,
  name: 'ConsumerGroupHeartbeat',
  versions: '0-1',
  flexible: '0+',
  request: [
    field('groupId', string),
    field('memberId', string),
    field('memberEpoch', int32),
    field('instanceId', string, { nullable: '0+', default: null }),
    field('rackId', string, { nullable: '0+', default: null }),
    field('rebalanceTimeoutMs', int32, { default: -1 }),
    field('subscribedTopicNames', arrayOf(string), { nullable: '0+', default: null }),
    field('subscribedTopicRegex', string, { versions: '1+', nullable: '1+', default: null }),
    field('serverAssignor', string, { nullable: '0+', default: null }),
    field('topicPartitions', topicPartitions, { nullable: '0+', default: null }),
  ],
  response: [
    field('throttleTimeMs', int32),
    field('errorCode', int16),
    field('errorMessage', string, { nullable: '0+', default: null }),
    field('memberId', string, { nullable: '0+', default: null }),
    field('memberEpoch', int32),
    field('heartbeatIntervalMs', int32),
    field('assignment', struct([field('topicPartitions', topicPartitions)]), {
      nullable: '0+',
      default: null,
    }),
  ],
})
