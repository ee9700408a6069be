import type { FastifyInstance } from 'fastify'
import { RegistryError } from '../../errors.js'
import type { SchemaRegistry } from '../registry.js'
import { flag, type Query, registrationOf } from './request.js'
import { subjectOf } from './subjects.js'

type Route = {
  Params: { subject: string; version?: string }
  Querystring: Query
  Body: unknown
}

/** A schema that cannot be read: asked with `verbose`, that is an answer and no error. */
const invalidSchemaCode = 42201

/** `/compatibility`: what a registration would be told. */
export function compatibilityRoutes(app: FastifyInstance, registry: SchemaRegistry): void {
  const versions = '/compatibility/subjects/:subject/versions'
  for (const path of [versions, `${versions}/:version`]) {
    app.post<Route>(path, ({ params, query, body }) => {
      const subject = subjectOf(registry, params)
      const isVerbose = flag(query, 'verbose')
      let messages: string[]
      try {
        messages = registry.compatibility(subject, registrationOf(body, query), params.version)
      } catch (cause) {
        const isInvalid = cause instanceof RegistryError && cause.code === invalidSchemaCode
        if (!isVerbose || !isInvalid) throw cause
        messages = [cause.message]
      }
      return { is_compatible: messages.length === 0, ...(isVerbose && { messages }) }
    })
  }
}
