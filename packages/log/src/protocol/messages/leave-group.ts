import { defineApi } from '../api.js'
import { arrayOf, field, int16, int32, string } from '../field.js'

/** Leaves a consumer group, so that the others need not wait for a timeout. */
export const leaveGroup = defineApi({
  key: 13,
  name: 'LeaveGroup',
  versions: '0-5',
  flexible: '4+',
  request: [
    field('groupId', string),
    field('memberId', string, { versions: '0-2' }),
    field(
      'members',
      arrayOf([
        field('memberId', string, { versions: '3+' }),
        field('groupInstanceId', string, { versions: '3+', nullable: '3+', default: null }),
        field('reason', string, { versions: '5+', nullable: '5+', default: null }),
      ]),
      { versions: '3+' },
    ),
  ],
  response: [
    field('throttleTimeMs', int32, { versions: '1+' }),
    field('errorCode', int16),
    field(
      'members',
      arrayOf([
        field('memberId', string, { versions: '3+' }),
        field('groupInstanceId', string, { versions: '3+', nullable: '3+' }),
        field('errorCode', int16, { versions: '3+' }),
      ]),
      { versions: '3+' },
    ),
  ],
})
