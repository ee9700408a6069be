import type { Clock } from '@millrace/host'
import { RegistryClient, RegistryClientError } from '@millrace/schema'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { gatewayErrors } from './errors.js'

export interface SchemaRouteOptions {
  registryUrl: string
  clock: Clock
  subjectOf: (topic: string) => string
  answer: (reply: FastifyReply, status: number, body: object) => FastifyReply
}

/**
 * `GET /topics/{topic}/schema`: the newest schema of a topic's values, as the registry has it, so
 * that a sender needs to know the gateway alone, and a page its origin.
 */
export async function schemaRoute(
  app: FastifyInstance,
  { registryUrl, clock, subjectOf, answer }: SchemaRouteOptions,
): Promise<void> {
  const registry = new RegistryClient(registryUrl, { clock })
  app.get<{ Params: { topic: string } }>('/topics/:topic/schema', async ({ params }, reply) => {
    const { topic } = params
    const subject = subjectOf(topic)
    const latest = await registry.latest(subject).catch((cause: unknown) => {
      if (!(cause instanceof RegistryClientError)) throw cause
      throw gatewayErrors.registryUnavailable(cause.message)
    })
    if (latest === undefined) throw gatewayErrors.schemaNotFound(topic, subject)
    const { id, version, schemaType = 'AVRO', schema } = latest
    return answer(reply, 200, { subject, id, version, schemaType, schema })
  })
}
