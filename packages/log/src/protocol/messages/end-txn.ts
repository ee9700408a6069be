import { defineApi } from '../api.js'
import { bool, field, int16, int32, int64, string } from '../field.js'

/** Commits or aborts a transaction. */
export const endTxn = defineApi({
  key: 26,
  name: 'EndTxn',
  versions: '0-5',
  flexible: '3+',
  request: [
    field('transactionalId', string),
    field('producerId', int64),
    field('producerEpoch', int16),
    field('committed', bool),
  ],
  response: [
    field('throttleTimeMs', int32),
    field('errorCode', int16),
    field('producerId', int64, { versions: '5+', default: -1 }),
    field('producerEpoch', int16, { versions: '5+', default: -1 }),
  ],
})
