import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Clusters } from '../cluster.js'
import { gatewayErrors } from '../errors.js'
import { answer } from '../http/app.js'

const mediaType = 'application/json'

/** `GET /v3/clusters`, `GET /v3/clusters/{id}`: the clusters that can be reached. */
export function clusterResources(app: FastifyInstance, clusters: Clusters): void {
  app.get('/v3/clusters', async (request, reply) => {
    const base = baseOf(request)
    const data = (await clusters.reachable()).map(({ id }) => clusterBody(base, id))
    const metadata = { self: `${base}/v3/clusters`, next: null }
    return answer(reply, 200, mediaType, { kind: 'KafkaClusterList', metadata, data })
  })

  app.get<{ Params: { id: string } }>('/v3/clusters/:id', async (request, reply) => {
    const { id } = request.params
    if ((await clusters.withId(id)) === undefined) throw gatewayErrors.clusterNotFound(id)
    return answer(reply, 200, mediaType, clusterBody(baseOf(request), id))
  })
}

/** How the caller reaches the gateway. */
function baseOf({ protocol, host }: FastifyRequest): string {
  return `${protocol}://${host}`
}

function clusterBody(base: string, id: string): object {
  const self = `${base}/v3/clusters/${encodeURIComponent(id)}`
  const related = (path: string) => ({ related: `${self}/${path}` })
  return {
    kind: 'KafkaCluster',
    metadata: { self, resource_name: `crn:///kafka=${id}` },
    cluster_id: id,
    acls: related('acls'),
    brokers: related('brokers'),
    broker_configs: related('broker-configs'),
    consumer_groups: related('consumer-groups'),
    topics: related('topics'),
    partition_reassignments: related('topics/-/partitions/-/reassignment'),
  }
}
