import { defineApi } from '../api.js'
import { arrayOf, bool, field, int8, int16, int32, string } from '../field.js'

/** The brokers and the id of the cluster. */
export const describeCluster = defineApi({
  key: 60,
  name: 'DescribeCluster',
  versions: '0-2',
  flexible: '0+',
  request: [
    field('includeClusterAuthorizedOperations', bool),
    field('endpointType', int8, { versions: '1+', default: 1 }),
    field('includeFencedBrokers', bool, { versions: '2+' }),
  ],
  response: [
    field('throttleTimeMs', int32),
    field('errorCode', int16),
    field('errorMessage', string, { nullable: '0+', default: null }),
    field('endpointType', int8, { versions: '1+', default: 1 }),
    field('clusterId', string),
    field('controllerId', int32, { default: -1 }),
    field(
      'brokers',
      arrayOf([
        field('brokerId', int32),
        field('host', string),
        field('port', int32),
        field('rack', string, { nullable: '0+', default: null }),
        field('isFenced', bool, { versions: '2+' }),
      ]),
    ),
    field('clusterAuthorizedOperations', int32, { default: -0x80000000 }),
  ],
})
