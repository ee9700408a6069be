import { defineApi } from '../api.js'
import { arrayOf, field, int8, int16, int32, string } from '../field.js'

/** Which broker looks after a group (key type 0) or a transactional id (1). */
export const findCoordinator = defineApi({
  key: 10,
  name: 'FindCoordinator',
  versions: '0-6',
  flexible: '3+',
  request: [
    field('key', string, { versions: '0-3' }),
    field('keyType', int8, { versions: '1+' }),
    field('coordinatorKeys', arrayOf(string), { versions: '4+' }),
  ],
  response: [
    field('throttleTimeMs', int32, { versions: '1+' }),
    field('errorCode', int16, { versions: '0-3' }),
    field('errorMessage', string, { versions: '1-3', nullable: '1-3' }),
    field('nodeId', int32, { versions: '0-3' }),
    field('host', string, { versions: '0-3' }),
    field('port', int32, { versions: '0-3' }),
    field(
      'coordinators',
      arrayOf([
        field('key', string, { versions: '4+' }),
        field('nodeId', int32, { versions: '4+' }),
        field('host', string, { versions: '4+' }),
        field('port', int32, { versions: '4+' }),
        field('errorCode', int16, { versions: '4+' }),
        field('errorMessage', string, { versions: '4+', nullable: '4+' }),
      ]),
      { versions: '4+' },
    ),
  ],
})
