import { defineApi } from '../api.js'
import { arrayOf, bool, bytes, field, int16, int32, string } from '../field.js'

/** The state and the members of consumer groups. */
export const describeGroups = defineApi({
  key: 15,
  name: 'DescribeGroups',
  versions: '0-6',
  flexible: '5+',
  request: [
    field('groups', arrayOf(string)),
    field('includeAuthorizedOperations', bool, { versions: '3+' }),
  ],
  response: [
    field('throttleTimeMs', int32, { versions: '1+' }),
    field(
      'groups',
      arrayOf([
        field('errorCode', int16),
        field('errorMessage', string, { versions: '6+', nullable: '6+', default: null }),
        field('groupId', string),
        field('groupState', string),
        field('protocolType', string),
        field('protocolData', string),
        field(
          'members',
          arrayOf([
            field('memberId', string),
            field('groupInstanceId', string, { versions: '4+', nullable: '4+', default: null }),
            field('clientId', string),
            field('clientHost', string),
            field('memberMetadata', bytes),
            field('memberAssignment', bytes),
          ]),
        ),
        field('authorizedOperations', int32, { versions: '3+', default: -0x80000000 }),
      ]),
    ),
  ],
})
