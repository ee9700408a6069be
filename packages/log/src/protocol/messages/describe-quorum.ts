import { defineApi } from '../api.js'
import { arrayOf, field, int16, int32, int64, string, uint16, uuid } from '../field.js'

/** The leader of the metadata, and how far its voters and observers are. */
export const describeQuorum = defineApi({
  key: 55,
  name: 'DescribeQuorum',
  versions: '0-2',
  flexible: '0+',
  request: [
    field(
      'topics',
      arrayOf([
        field('topicName', string),
        field('partitions', arrayOf([field('partitionIndex', int32)])),
      ]),
    ),
  ],
  response: [
    field('errorCode', int16),
    field('errorMessage', string, { versions: '2+', nullable: '2+' }),
    field(
      'topics',
      arrayOf([
        field('topicName', string),
        field(
          'partitions',
          arrayOf([
            field('partitionIndex', int32),
            field('errorCode', int16),
            field('errorMessage', string, { versions: '2+', nullable: '2+' }),
            field('leaderId', int32),
            field('leaderEpoch', int32),
            field('highWatermark', int64),
            field(
              'currentVoters',
              arrayOf([
                field('replicaId', int32),
                field('replicaDirectoryId', uuid, { versions: '2+' }),
                field('logEndOffset', int64),
                field('lastFetchTimestamp', int64, { versions: '1+', default: -1 }),
                field('lastCaughtUpTimestamp', int64, { versions: '1+', default: -1 }),
              ]),
            ),
            field(
              'observers',
              arrayOf([
                field('replicaId', int32),
                field('replicaDirectoryId', uuid, { versions: '2+' }),
                field('logEndOffset', int64),
                field('lastFetchTimestamp', int64, { versions: '1+', default: -1 }),
                field('lastCaughtUpTimestamp', int64, { versions: '1+', default: -1 }),
              ]),
            ),
          ]),
        ),
      ]),
    ),
    field(
      'nodes',
      arrayOf([
        field('nodeId', int32, { versions: '2+' }),
        field(
          'listeners',
          arrayOf([
            field('name', string, { versions: '2+' }),
            field('host', string, { versions: '2+' }),
            field('port', uint16, { versions: '2+' }),
          ]),
          { versions: '2+' },
        ),
      ]),
      { versions: '2+' },
    ),
  ],
})
