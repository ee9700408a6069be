import { defineApi } from '../api.js'
import { arrayOf, field, int16, int32, int64, records, string, struct, uuid } from '../field.js'

/** Appends record batches to partitions. */
export const produce = defineApi({
  key: 0,
  name: 'Produce',
  versions: '3-13',
  flexible: '9+',
  request: [
    field('transactionalId', string, { versions: '3+', nullable: '3+', default: null }),
    field('acks', int16),
    field('timeoutMs', int32),
    field(
      'topicData',
      arrayOf([
        field('name', string, { versions: '0-12' }),
        field('topicId', uuid, { versions: '13+' }),
        field(
          'partitionData',
          arrayOf([field('index', int32), field('records', records, { nullable: '0+' })]),
        ),
      ]),
    ),
  ],
  response: [
    field(
      'responses',
      arrayOf([
        field('name', string, { versions: '0-12' }),
        field('topicId', uuid, { versions: '13+' }),
        field(
          'partitionResponses',
          arrayOf([
            field('index', int32),
            field('errorCode', int16),
            field('baseOffset', int64),
            field('logAppendTimeMs', int64, { versions: '2+', default: -1 }),
            field('logStartOffset', int64, { versions: '5+', default: -1 }),
            field(
              'recordErrors',
              arrayOf([
                field('batchIndex', int32, { versions: '8+' }),
                field('batchIndexErrorMessage', string, {
                  versions: '8+',
                  nullable: '8+',
                  default: null,
                }),
              ]),
              { versions: '8+' },
            ),
            field('errorMessage', string, { versions: '8+', nullable: '8+', default: null }),
            field(
              'currentLeader',
              struct([
                field('leaderId', int32, { versions: '10+', default: -1 }),
                field('leaderEpoch', int32, { versions: '10+', default: -1 }),
              ]),
              { versions: '10+', tag: 0 },
            ),
          ]),
        ),
      ]),
    ),
    field('throttleTimeMs', int32, { versions: '1+' }),
    field(
      'nodeEndpoints',
      arrayOf([
        field('nodeId', int32, { versions: '10+' }),
        field('host', string, { versions: '10+' }),
        field('port', int32, { versions: '10+' }),
        field('rack', string, { versions: '10+', nullable: '10+', default: null }),
      ]),
      { versions: '10+', tag: 0 },
    ),
  ],
})
