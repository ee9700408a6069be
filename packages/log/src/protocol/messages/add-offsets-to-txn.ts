import { defineApi } from '../api.js'
import { field, int16, int32, int64, string } from '../field.js'

/** Makes a consumer group's offsets part of a transaction. */
export const addOffsetsToTxn = defineApi({
  key: 25,
  name: 'AddOffsetsToTxn',
  versions: '0-4',
  flexible: '3+',
  request: [
    field('transactionalId', string),
    field('producerId', int64),
    field('producerEpoch', int16),
    field('groupId', string),
  ],
  response: [field('throttleTimeMs', int32), field('errorCode', int16)],
})
