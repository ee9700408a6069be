import { apiVersions, describeCluster, findCoordinator } from '../../src/protocol/apis.js'
import { kafkaErrorOf } from '../../src/protocol/kafka-errors.js'
import { decodeResponse } from '../../src/protocol/message.js'
import { type Scenario, scenario } from './scenario.js'

const software = { clientSoftwareName: 'conformance', clientSoftwareVersion: '1' }

export const clusterScenarios: Scenario[] = [
  scenario('the versions of every API', async (session) => {
    const { apiKeys } = await session.quietly(apiVersions, 4, software)
    for (const { apiKey, minVersion, maxVersion } of apiKeys.sort((a, b) => a.apiKey - b.apiKey)) {
      session.note(`API ${apiKey}`, `${minVersion} to ${maxVersion}`)
    }
  }),

  scenario('what is said of features', async (session) => {
    const answer = await session.quietly(apiVersions, 4, software)
    const { errorCode, throttleTimeMs, zkMigrationReady, finalizedFeaturesEpoch } = answer
    session.note('codes and times', { errorCode, throttleTimeMs, zkMigrationReady })
    session.note('there is an epoch', finalizedFeaturesEpoch >= 0)
    session.note('supported', byName(answer.supportedFeatures))
    session.note('finalized', byName(answer.finalizedFeatures))
    const older = await session.quietly(apiVersions, 3, software)
    session.note('supported, in version 3', byName(older.supportedFeatures))
  }),

  scenario('an unusual name of the software is refused', async (session) => {
    const bad = { clientSoftwareName: 'no good name!', clientSoftwareVersion: '1' }
    const { errorCode, apiKeys } = await session.quietly(apiVersions, 3, bad)
    session.note('error', kafkaErrorOf(errorCode).name)
    session.note('APIs', apiKeys.length)
  }),

  scenario(
    'a version of ApiVersions that does not exist is answered in version 0',
    async (session) => {
      const wire = session.wire()
      const answer = wire.nextFrame()
      wire.sendBytes(Buffer.from([0, 0, 0, 11, 0, 18, 0, 99, 0, 0, 0, 7, 0, 0, 0]))
      const frame = await answer
      const body = decodeResponse(apiVersions, 0, frame, 4)
      session.note('the answer', { correlationId: frame.readInt32BE(0), ...body })
    },
  ),

  scenario(
    'a version of another API that does not exist closes the connection',
    async (session) => {
      const wire = session.wire()
      wire.sendBytes(Buffer.from([0, 0, 0, 11, 0, 3, 0, 99, 0, 0, 0, 7, 0, 0, 0]))
      await session.until('it is closed', async () => wire.isClosed)
      session.note('it is closed', wire.isClosed)
    },
  ),

  scenario('the cluster is described', async (session) => {
    await session.ask('version 0', describeCluster, 0, {})
    await session.ask('version 1', describeCluster, 1, {})
    await session.ask('version 2', describeCluster, 2, { includeFencedBrokers: true })
    await session.ask('with what one may do', describeCluster, 0, {
      includeClusterAuthorizedOperations: true,
    })
    await session.ask('the controllers', describeCluster, 1, { endpointType: 2 })
    await session.ask('an endpoint of no kind', describeCluster, 1, { endpointType: 7 })
  }),

  scenario('coordinators are found', async (session) => {
    for (const version of [0, 1, 2, 3]) {
      await session.ask('of a group', findCoordinator, version, { key: 'any' })
    }
    await session.ask('of a transactional id', findCoordinator, 3, { key: 'any', keyType: 1 })
    const coordinatorKeys = ['one', 'two']
    await session.ask('of two groups', findCoordinator, 4, { coordinatorKeys })
    await session.ask('of two transactional ids', findCoordinator, 6, {
      coordinatorKeys,
      keyType: 1,
    })
    await session.ask('of no name', findCoordinator, 4, { coordinatorKeys: [''] })
    await session.ask('of a group with no name, alone', findCoordinator, 3, { key: '' })
    await session.ask('of share partitions, in an old version', findCoordinator, 5, {
      coordinatorKeys: ['group:AAAAAAAAAAAAAAAAAAAAAA:0'],
      keyType: 2,
    })
    await session.ask('a key that names no share partition', findCoordinator, 6, {
      coordinatorKeys: ['nonsense'],
      keyType: 2,
    })
  }),

  scenario('a coordinator of a kind that does not exist', async (session) => {
    await session.ask('kind 9', findCoordinator, 4, { coordinatorKeys: ['one'], keyType: 9 })
  }),
]

function byName<Named extends { name: string }>(features: readonly Named[]): Named[] {
  return [...features].sort((a, b) => (a.name < b.name ? -1 : 1))
}
