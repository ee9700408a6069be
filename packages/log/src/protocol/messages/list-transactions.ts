import { defineApi } from '../api.js'
import { arrayOf, field, int16, int32, int64, string } from '../field.js'

/** The transactional ids that there are, those of certain states, producers, ages or names. */
export const listTransactions = defineApi({
  key: 66,
  name: 'ListTransactions',
  versions: '0-2',
  flexible: '0+',
  request: [
    field('stateFilters', arrayOf(string)),
    field('producerIdFilters', arrayOf(int64)),
    field('durationFilter', int64, { versions: '1+', default: -1 }),
    field('transactionalIdPattern', string, { versions: '2+', nullable: '2+', default: null }),
  ],
  response: [
    field('throttleTimeMs', int32),
    field('errorCode', int16),
    field('unknownStateFilters', arrayOf(string)),
    field(
      'transactionStates',
      arrayOf([
        field('transactionalId', string),
        field('producerId', int64),
        field('transactionState', string),
      ]),
    ),
  ],
})
