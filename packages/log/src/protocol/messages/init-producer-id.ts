import { defineApi } from '../api.js'
import { field, int16, int32, int64, string } from '../field.js'

/** Gives a producer its id and epoch; for a transactional id it fences the former holder. */
export const initProducerId = defineApi({
  key: 22,
  name: 'InitProducerId',
  versions: '0-5',
  flexible: '2+',
  request: [
    field('transactionalId', string, { nullable: '0+' }),
    field('transactionTimeoutMs', int32),
    field('producerId', int64, { versions: '3+', default: -1 }),
    field('producerEpoch', int16, { versions: '3+', default: -1 }),
  ],
  response: [
    field('throttleTimeMs', int32),
    field('errorCode', int16),
    field('producerId', int64, { default: -1 }),
    field('producerEpoch', int16),
  ],
})
