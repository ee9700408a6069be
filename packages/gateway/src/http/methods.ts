import type { FastifyInstance, HTTPMethods } from 'fastify'
import { gatewayErrors } from '../errors.js'

const all: readonly HTTPMethods[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']

/** Resources that are served beside fastify, see `produce-server.ts`. */
const besides = [
  '/events',
  '/topics/:topic',
  '/topics/:topic/partitions/:partition',
  '/v3/clusters/:cluster_id/topics/:topic/records',
  '/v3/clusters/:cluster_id/topics/:topic/records::batch',
]

/**
 * Answers with 405 where a resource is there, and has not the method. To be called before there
 * are resources; gives a plugin for after them.
 */
export function refuseOtherMethods(app: FastifyInstance): (app: FastifyInstance) => Promise<void> {
  const known = new Map<string, Set<string>>(besides.map((url) => [url, new Set(['POST'])]))
  app.addHook('onRoute', ({ url, method }) => {
    const methods = known.get(url) ?? new Set()
    known.set(url, methods)
    for (const one of [method].flat()) methods.add(one)
  })
  return async (last) => {
    for (const [url, methods] of [...known]) {
      const others = all.filter((method) => !methods.has(method))
      if (url === '*' || others.length === 0) continue
      last.route({
        method: others,
        url,
        onRequest: async (_request, reply) => {
          reply.header('allow', [...methods].join(', '))
          throw gatewayErrors.methodNotAllowed()
        },
        handler: async () => {},
      })
    }
  }
}
