import { defineApi } from '../api.js'
import {
  arrayOf,
  field,
  int8,
  int16,
  int32,
  int64,
  records,
  string,
  struct,
  uuid,
} from '../field.js'

/** Reads record batches from partitions; the broker may hold the answer back until there is enough to send. */
export const fetch = defineApi({
  key: 1,
  name: 'Fetch',
  versions: '4-18',
  flexible: '12+',
  request: [
    field('clusterId', string, { versions: '12+', nullable: '12+', tag: 0, default: null }),
    field('replicaId', int32, { versions: '0-14', default: -1 }),
    field(
      'replicaState',
      struct([
        field('replicaId', int32, { versions: '15+', default: -1 }),
        field('replicaEpoch', int64, { versions: '15+', default: -1 }),
      ]),
      { versions: '15+', tag: 1 },
    ),
    field('maxWaitMs', int32),
    field('minBytes', int32),
    field('maxBytes', int32, { versions: '3+', default: 0x7fffffff }),
    field('isolationLevel', int8, { versions: '4+' }),
    field('sessionId', int32, { versions: '7+' }),
    field('sessionEpoch', int32, { versions: '7+', default: -1 }),
    field(
      'topics',
      arrayOf([
        field('topic', string, { versions: '0-12' }),
        field('topicId', uuid, { versions: '13+' }),
        field(
          'partitions',
          arrayOf([
            field('partition', int32),
            field('currentLeaderEpoch', int32, { versions: '9+', default: -1 }),
            field('fetchOffset', int64),
            field('lastFetchedEpoch', int32, { versions: '12+', default: -1 }),
            field('logStartOffset', int64, { versions: '5+', default: -1 }),
            field('partitionMaxBytes', int32),
            field('replicaDirectoryId', uuid, { versions: '17+', tag: 0 }),
            field('highWatermark', int64, {
              versions: '18+',
              tag: 1,
              default: Number.MAX_SAFE_INTEGER,
            }),
          ]),
        ),
      ]),
    ),
    field(
      'forgottenTopicsData',
      arrayOf([
        field('topic', string, { versions: '7-12' }),
        field('topicId', uuid, { versions: '13+' }),
        field('partitions', arrayOf(int32), { versions: '7+' }),
      ]),
      { versions: '7+' },
    ),
    field('rackId', string, { versions: '11+' }),
  ],
  response: [
    field('throttleTimeMs', int32, { versions: '1+' }),
    field('errorCode', int16, { versions: '7+' }),
    field('sessionId', int32, { versions: '7+' }),
    field(
      'responses',
      arrayOf([
        field('topic', string, { versions: '0-12' }),
        field('topicId', uuid, { versions: '13+' }),
        field(
          'partitions',
          arrayOf([
            field('partitionIndex', int32),
            field('errorCode', int16),
            field('highWatermark', int64),
            field('lastStableOffset', int64, { versions: '4+', default: -1 }),
            field('logStartOffset', int64, { versions: '5+', default: -1 }),
            field(
              'divergingEpoch',
              struct([
                field('epoch', int32, { versions: '12+', default: -1 }),
                field('endOffset', int64, { versions: '12+', default: -1 }),
              ]),
              { versions: '12+', tag: 0 },
            ),
            field(
              'currentLeader',
              struct([
                field('leaderId', int32, { versions: '12+', default: -1 }),
                field('leaderEpoch', int32, { versions: '12+', default: -1 }),
              ]),
              { versions: '12+', tag: 1 },
            ),
            field(
              'snapshotId',
              struct([
                field('endOffset', int64, { default: -1 }),
                field('epoch', int32, { default: -1 }),
              ]),
              { versions: '12+', tag: 2 },
            ),
            field(
              'abortedTransactions',
              arrayOf([
                field('producerId', int64, { versions: '4+' }),
                field('firstOffset', int64, { versions: '4+' }),
              ]),
              { versions: '4+', nullable: '4+' },
            ),
            field('preferredReadReplica', int32, { versions: '11+', default: -1 }),
            field('records', records, { nullable: '0+' }),
          ]),
        ),
      ]),
    ),
    field(
      'nodeEndpoints',
      arrayOf([
        field('nodeId', int32, { versions: '16+' }),
        field('host', string, { versions: '16+' }),
        field('port', int32, { versions: '16+' }),
        field('rack', string, { versions: '16+', nullable: '16+', default: null }),
      ]),
      { versions: '16+', tag: 0 },
    ),
  ],
})
