import { defineApi } from '../api.js'
import { arrayOf, bool, field, int16, int32, string, uuid } from '../field.js'

/** Which brokers there are, which topics, and who leads each partition. */
export const metadata = defineApi({
  key: 3,
  name: 'Metadata',
  versions: '0-13',
  flexible: '9+',
  request: [
    field(
      'topics',
      arrayOf([
        field('topicId', uuid, { versions: '10+' }),
        field('name', string, { nullable: '10+' }),
      ]),
      { nullable: '1+' },
    ),
    field('allowAutoTopicCreation', bool, { versions: '4+', default: true }),
    field('includeClusterAuthorizedOperations', bool, { versions: '8-10' }),
    field('includeTopicAuthorizedOperations', bool, { versions: '8+' }),
  ],
  response: [
    field('throttleTimeMs', int32, { versions: '3+' }),
    field(
      'brokers',
      arrayOf([
        field('nodeId', int32),
        field('host', string),
        field('port', int32),
        field('rack', string, { versions: '1+', nullable: '1+', default: null }),
      ]),
    ),
    field('clusterId', string, { versions: '2+', nullable: '2+', default: null }),
    field('controllerId', int32, { versions: '1+', default: -1 }),
    field(
      'topics',
      arrayOf([
        field('errorCode', int16),
        field('name', string, { nullable: '12+' }),
        field('topicId', uuid, { versions: '10+' }),
        field('isInternal', bool, { versions: '1+' }),
        field(
          'partitions',
          arrayOf([
            field('errorCode', int16),
            field('partitionIndex', int32),
            field('leaderId', int32),
            field('leaderEpoch', int32, { versions: '7+', default: -1 }),
            field('replicaNodes', arrayOf(int32)),
            field('isrNodes', arrayOf(int32)),
            field('offlineReplicas', arrayOf(int32), { versions: '5+' }),
          ]),
        ),
        field('topicAuthorizedOperations', int32, { versions: '8+', default: -0x80000000 }),
      ]),
    ),
    field('clusterAuthorizedOperations', int32, { versions: '8-10', default: -0x80000000 }),
    field('errorCode', int16, { versions: '13+' }),
  ],
})
