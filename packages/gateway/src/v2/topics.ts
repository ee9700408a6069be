import type { FastifyInstance } from 'fastify'
import type { Clusters } from '../cluster.js'
import { gatewayErrors } from '../errors.js'
import { answer } from '../http/app.js'
import { answerMediaType } from './media-type.js'

/** `GET /topics`, `GET /topics/{topic}`: of all clusters that can be reached. */
export function topicResources(app: FastifyInstance, clusters: Clusters): void {
  app.get('/topics', async (_request, reply) => {
    const reachable = await clusters.reachable()
    const topics = await Promise.all(reachable.map(({ topics }) => topics.all()))
    const names = new Set(topics.flat().map(({ name }) => name))
    return answer(reply, 200, answerMediaType, [...names].sort())
  })

  app.get<{ Params: { topic: string } }>('/topics/:topic', async ({ params }, reply) => {
    for (const { topics } of await clusters.reachable()) {
      const count = await topics.partitions(params.topic)
      if (count === undefined) continue
      const partitions = Array.from({ length: count }, (_, partition) => ({ partition }))
      return answer(reply, 200, answerMediaType, { name: params.topic, configs: {}, partitions })
    }
    throw gatewayErrors.topicNotFound(params.topic)
  })
}
