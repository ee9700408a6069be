import type { FastifyInstance } from 'fastify'
import { normalizeSubject } from '../qualified-subject.js'
import type { SchemaRegistry } from '../registry.js'
import { formatted, schemaAnswer, versionAnswer } from './answer.js'
import { flag, idOf, page, type Query, text } from './request.js'

type Route = { Params: { id: string }; Querystring: Query }
type ByGuid = { Params: { guid: string }; Querystring: Query }

/** `/schemas` and what is below. */
export function schemaRoutes(app: FastifyInstance, registry: SchemaRegistry): void {
  const placeOf = (query: Query) => registry.target(normalizeSubject(text(query, 'subject') ?? ''))
  const usesOf = ({ params, query }: { params: Route['Params']; query: Query }) =>
    registry.usesOf(idOf(params.id), placeOf(query), flag(query, 'deleted'))

  app.get<Route>('/schemas', ({ query, headers }) => {
    const visibility = flag(query, 'deleted') ? 'all' : 'present'
    const subjects = registry.subjects(visibility, text(query, 'subjectPrefix') ?? '')
    const isLatest = flag(query, 'latestOnly')
    const versions = subjects.flatMap((subject) =>
      registry.versions(subject, visibility).slice(isLatest ? -1 : 0),
    )
    return page(versions, query).map((version) => versionAnswer(registry, version, {}, headers))
  })
  app.get('/schemas/types', () => registry.typeNames())

  app.get<Route>('/schemas/ids/:id', ({ params, query, headers }) =>
    schemaAnswer(registry, registry.byId(idOf(params.id), placeOf(query)), query, headers),
  )
  app.get<Route>('/schemas/ids/:id/schema', ({ params, query }, reply) => {
    const version = registry.byId(idOf(params.id), placeOf(query))
    return reply.send(formatted(registry, version, query).schema)
  })
  app.get<Route>('/schemas/ids/:id/subjects', (request) => {
    const subjects = usesOf(request).map(({ subject }) => subject)
    return page([...new Set(subjects)], request.query)
  })
  app.get<Route>('/schemas/ids/:id/versions', (request) => {
    const versions = usesOf(request).map(({ subject, version }) => ({ subject, version }))
    return page(versions, request.query)
  })

  app.get<ByGuid>('/schemas/guids/:guid', ({ params, query, headers }) => {
    const { subject: _, ...asked } = query
    return schemaAnswer(registry, registry.byGuid(params.guid), asked, headers)
  })
  app.get<ByGuid>('/schemas/guids/:guid/ids', ({ params }) => registry.idsOfGuid(params.guid))
}
