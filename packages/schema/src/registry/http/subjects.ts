import type { FastifyInstance } from 'fastify'
import { registryErrors } from '../../errors.js'
import { normalizeSubject } from '../qualified-subject.js'
import type { SchemaRegistry } from '../registry.js'
import type { JsonObject } from '../schema-version.js'
import type { Visibility } from '../versions.js'
import { versionAnswer } from './answer.js'
import { flag, page, type Query, registrationOf, text, texts } from './request.js'

type Route = { Params: { subject: string }; Querystring: Query; Body: unknown }

/** The subject that a path means: in its one form, behind its alias. */
export function subjectOf(registry: SchemaRegistry, params: { subject: string }): string {
  return registry.target(normalizeSubject(params.subject))
}

/** Which versions a query asks for. */
export function visibilityOf(query: Query): Visibility {
  if (flag(query, 'deletedOnly')) return 'deleted'
  return flag(query, 'deleted') ? 'all' : 'present'
}

/** `/subjects` and `/subjects/{subject}`. */
export function subjectRoutes(app: FastifyInstance, registry: SchemaRegistry): void {
  app.get<Route>('/subjects', ({ query }) =>
    page(registry.subjects(visibilityOf(query), text(query, 'subjectPrefix')), query),
  )

  app.post<Route>('/subjects/:subject', ({ params, query, body, headers }) => {
    const subject = subjectOf(registry, params)
    const found = registry.lookup(subject, registrationOf(body, query), {
      normalize: flag(query, 'normalize'),
      isDeletedToo: flag(query, 'deleted'),
    })
    return versionAnswer(registry, found, query, headers)
  })

  app.get<Route>('/subjects/:subject/metadata', ({ params, query, headers }) => {
    const visibility = flag(query, 'deleted') ? 'all' : 'present'
    const versions = registry.versions(subjectOf(registry, params), visibility)
    const values = texts(query, 'value')
    const wanted = texts(query, 'key').map((key, i) => [key, values[i]] as const)
    const found = versions.findLast(({ metadata }) => {
      const properties = metadata?.properties as JsonObject | undefined
      return properties && wanted.every(([key, value]) => properties[key] === value)
    })
    if (found === undefined) throw registryErrors.schemaNotFound()
    return versionAnswer(registry, found, query, headers)
  })

  app.delete<Route>('/subjects/:subject', ({ params, query }) =>
    registry.deleteSubject(subjectOf(registry, params), flag(query, 'permanent')),
  )
}
