import type { FastifyInstance } from 'fastify'
import type { SchemaRegistry } from '../registry.js'
import { settingOf } from './config.js'
import { flag, objectOf, type Query } from './request.js'

type Route = { Params: { subject?: string }; Querystring: Query; Body: unknown }

/** `/mode`: of the registry, of a context, of a subject. */
export function modeRoutes(app: FastifyInstance, registry: SchemaRegistry): void {
  for (const path of ['/mode', '/mode/:subject']) {
    app.get<Route>(path, ({ params, query }) => ({
      mode: registry.mode(settingOf(params), flag(query, 'defaultToGlobal')),
    }))
    app.put<Route>(path, async ({ params, query, body }) => {
      const { mode } = objectOf(body)
      return { mode: await registry.putMode(settingOf(params), mode, flag(query, 'force')) }
    })
    app.delete<Route>(path, async ({ params, query }) => ({
      mode: await registry.deleteMode(settingOf(params), flag(query, 'recursive')),
    }))
  }
}
