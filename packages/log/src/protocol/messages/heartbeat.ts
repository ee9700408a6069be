import { defineApi } from '../api.js'
import { field, int16, int32, string } from '../field.js'

/** Keeps a group member's session alive and tells it of a rebalance. */
export const heartbeat = defineApi({
  key: 12,
  name: 'Heartbeat',
  versions: '0-4',
  flexible: '4+',
  request: [
    field('groupId', string),
    field('generationId', int32),
    field('memberId', string),
    field('groupInstanceId', string, { versions: '3+', nullable: '3+', default: null }),
  ],
  response: [field('throttleTimeMs', int32, { versions: '1+' }), field('errorCode', int16)],
})
