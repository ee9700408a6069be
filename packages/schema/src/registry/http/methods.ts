import type { FastifyInstance, HTTPMethods } from 'fastify'
import { registryErrors } from '../../errors.js'

const all: readonly HTTPMethods[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']

/**
 * Answers with 405 where a resource is there, and has not the method. To be called before there
 * are resources; gives what is to be called after them.
 */
export function refuseOtherMethods(app: FastifyInstance): () => void {
  const known = new Map<string, Set<string>>()
  app.addHook('onRoute', ({ url, method }) => {
    known.set(url, new Set([...(known.get(url) ?? []), ...[method].flat()]))
  })
  return () => {
    for (const [url, methods] of [...known]) {
      const others = all.filter((method) => !methods.has(method))
      if (others.length === 0) continue
      app.route({
        method: others,
        url,
        onRequest: async (_request, reply) => {
          reply.header('allow', [...methods].join(', '))
          throw registryErrors.methodNotAllowed()
        },
        handler: async () => {},
      })
    }
  }
}
