import type { FastifyInstance } from 'fastify'
import { guidOf } from '../guid.js'
import type { SchemaRegistry } from '../registry.js'
import { formatted, takesAnyMember, versionAnswer } from './answer.js'
import { flag, page, type Query, registrationOf, text } from './request.js'
import { subjectOf, visibilityOf } from './subjects.js'

type Route = {
  Params: { subject: string; version: string }
  Querystring: Query
  Headers: Record<string, string | undefined>
  Body: unknown
}

/** `/subjects/{subject}/versions` and what is below. */
export function versionRoutes(app: FastifyInstance, registry: SchemaRegistry): void {
  const one = '/subjects/:subject/versions/:version'
  const find = ({
    params,
    query,
  }: Pick<import('fastify').FastifyRequest<Route>, 'params' | 'query'>) => {
    const visibility = flag(query, 'deleted') ? 'all' : 'present'
    return registry.version(subjectOf(registry, params), params.version, visibility)
  }

  app.get<Route>('/subjects/:subject/versions', ({ params, query }) => {
    const subject = subjectOf(registry, params)
    if (!flag(query, 'deletedAsNegative')) {
      const seen = registry.versions(subject, visibilityOf(query))
      return page(
        seen.map(({ version }) => version),
        query,
      )
    }
    const all = registry.versions(subject, 'all')
    return page(
      all.map((each) => (registry.isDeleted(each) ? -each.version : each.version)),
      query,
    )
  })

  app.post<Route>('/subjects/:subject/versions', async ({ params, query, body, headers }) => {
    const subject = subjectOf(registry, params)
    const made = await registry.register(subject, registrationOf(body, query))
    if (!takesAnyMember(headers)) return { id: made.id }
    // Nor the text, unless it is asked for: clients keep what they sent as the schema of the id.
    const { id, version } = made
    if (text(query, 'format') === undefined) return { id, version, guid: guidOf(made) }
    const { subject: _, ...answer } = versionAnswer(registry, made, query, headers)
    return answer
  })

  app.get<Route>(one, (request) =>
    versionAnswer(registry, find(request), request.query, request.headers),
  )
  app.get<Route>(`${one}/schema`, (request, reply) =>
    reply.send(formatted(registry, find(request), request.query).schema),
  )
  app.get<Route>(`${one}/referencedby`, ({ params, query }) => {
    const version = registry.version(subjectOf(registry, params), params.version, 'all')
    return page(registry.referrers(version, flag(query, 'deleted')), query)
  })
  app.delete<Route>(one, async ({ params, query }) =>
    registry.deleteVersion(subjectOf(registry, params), params.version, flag(query, 'permanent')),
  )
}
