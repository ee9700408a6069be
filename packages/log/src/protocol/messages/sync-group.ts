import { defineApi } from '../api.js'
import { arrayOf, bytes, field, int16, int32, string } from '../field.js'

/** The leader hands in who reads what; each member gets its part. */
export const syncGroup = defineApi({
  key: 14,
  name: 'SyncGroup',
  versions: '0-5',
  flexible: '4+',
  request: [
    field('groupId', string),
    field('generationId', int32),
    field('memberId', string),
    field('groupInstanceId', string, { versions: '3+', nullable: '3+', default: null }),
    field('protocolType', string, { versions: '5+', nullable: '5+', default: null }),
    field('protocolName', string, { versions: '5+', nullable: '5+', default: null }),
    field('assignments', arrayOf([field('memberId', string), field('assignment', bytes)])),
  ],
  response: [
    field('throttleTimeMs', int32, { versions: '1+' }),
    field('errorCode', int16),
    field('protocolType', string, { versions: '5+', nullable: '5+', default: null }),
    field('protocolName', string, { versions: '5+', nullable: '5+', default: null }),
    field('assignment', bytes),
  ],
})
