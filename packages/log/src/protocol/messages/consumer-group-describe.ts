import { defineApi } from '../api.js'
import { arrayOf, bool, field, int8, int16, int32, string, struct, uuid } from '../field.js'

const assignment = struct([
  field(
    'topicPartitions',
    arrayOf([
      field('topicId', uuid),
      field('topicName', string),
      field('partitions', arrayOf(int32)),
    ]),
  ),
])

/** The state and the members of groups of the newer protocol (KIP-848). */
export const consumerGroupDescribe = defineApi({
  key: 69,
  name: 'ConsumerGroupDescribe',
  versions: '0-1',
  flexible: '0+',
  request: [field('groupIds', arrayOf(string)), field('includeAuthorizedOperations', bool)],
  response: [
    field('throttleTimeMs', int32),
    field(
      'groups',
      arrayOf([
        field('errorCode', int16),
        field('errorMessage', string, { nullable: '0+', default: null }),
        field('groupId', string),
        field('groupState', string),
        field('groupEpoch', int32),
        field('assignmentEpoch', int32),
        field('assignorName', string),
        field(
          'members',
          arrayOf([
            field('memberId', string),
            field('instanceId', string, { nullable: '0+', default: null }),
            field('rackId', string, { nullable: '0+', default: null }),
            field('memberEpoch', int32),
            field('clientId', string),
            field('clientHost', string),
            field('subscribedTopicNames', arrayOf(string)),
            field('subscribedTopicRegex', string, { nullable: '0+', default: null }),
            field('assignment', assignment),
            field('targetAssignment', assignment),
            field('memberType', int8, { versions: '1+', default: -1 }),
          ]),
        ),
        field('authorizedOperations', int32, { default: -0x80000000 }),
      ]),
    ),
  ],
})
