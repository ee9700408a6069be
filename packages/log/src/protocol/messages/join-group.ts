import { defineApi } from '../api.js'
import { arrayOf, bool, bytes, field, int16, int32, string } from '../field.js'

/** Enters a consumer group, or its next generation. */
export const joinGroup = defineApi({
  key: 11,
  name: 'JoinGroup',
  versions: '0-9',
  flexible: '6+',
  request: [
    field('groupId', string),
    field('sessionTimeoutMs', int32),
    field('rebalanceTimeoutMs', int32, { versions: '1+', default: -1 }),
    field('memberId', string),
    field('groupInstanceId', string, { versions: '5+', nullable: '5+', default: null }),
    field('protocolType', string),
    field('protocols', arrayOf([field('name', string), field('metadata', bytes)])),
    field('reason', string, { versions: '8+', nullable: '8+', default: null }),
  ],
  response: [
    field('throttleTimeMs', int32, { versions: '2+' }),
    field('errorCode', int16),
    field('generationId', int32, { default: -1 }),
    field('protocolType', string, { versions: '7+', nullable: '7+', default: null }),
    field('protocolName', string, { nullable: '7+' }),
    field('leader', string),
    field('skipAssignment', bool, { versions: '9+' }),
    field('memberId', string),
    field(
      'members',
      arrayOf([
        field('memberId', string),
        field('groupInstanceId', string, { versions: '5+', nullable: '5+', default: null }),
        field('metadata', bytes),
      ]),
    ),
  ],
})
