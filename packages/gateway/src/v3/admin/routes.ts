/** The v3 API's resources of a cluster, beside those that store records. */
import type { FastifyInstance } from 'fastify'
import type { Clusters } from '../../cluster.js'
import { GatewayError } from '../../errors.js'
import { readJson } from '../../json.js'
import { brokerResources } from './brokers.js'
import { configResources } from './configs.js'
import { groupResources } from './consumer-groups.js'
import { lagResources } from './lags.js'
import { partitionResources } from './partitions.js'
import { reassignmentResources } from './reassignments.js'
import { resourcesOf } from './resource.js'
import { topicResources } from './topics.js'

export async function adminRoutes(
  app: FastifyInstance,
  { clusters }: { clusters: Clusters },
): Promise<void> {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, async (_request: unknown, body: Buffer) =>
    body.length === 0 ? undefined : readJson(body).value,
  )
  const add = resourcesOf(app, clusters)
  topicResources(add)
  configResources(add)
  partitionResources(add)
  reassignmentResources(add)
  brokerResources(add)
  groupResources(add)
  lagResources(add)
  // As a proxy answers before a cluster that keeps no access control lists.
  for (const [method, path] of [
    ['GET', 'acls'],
    ['POST', 'acls'],
    ['DELETE', 'acls'],
    ['POST', 'acls::batch'],
  ] as const) {
    add(method, path, async () => {
      throw new GatewayError(40002, 'No Authorizer is configured.')
    })
  }
}
