import type { FastifyInstance } from 'fastify'
import { normalizeSubject } from '../qualified-subject.js'
import type { SchemaRegistry } from '../registry.js'
import type { JsonObject } from '../schema-version.js'
import type { Config } from '../settings.js'
import { checkRules, flag, objectOf, type Query } from './request.js'

type Route = { Params: { subject?: string }; Querystring: Query; Body: unknown }

/** `/config`: of the registry, of a context, of a subject. */
export function configRoutes(app: FastifyInstance, registry: SchemaRegistry): void {
  for (const path of ['/config', '/config/:subject']) {
    app.get<Route>(path, ({ params, query }) =>
      configAnswer(registry.config(settingOf(params), flag(query, 'defaultToGlobal'))),
    )
    app.put<Route>(path, async ({ params, body }) => {
      const request = objectOf(body)
      for (const name of ['defaultRuleSet', 'overrideRuleSet']) {
        if (typeof request[name] === 'object' && request[name] !== null) {
          checkRules(request[name] as JsonObject)
        }
      }
      const config = await registry.putConfig(settingOf(params), request)
      // What is put is called otherwise than what is read.
      const { compatibilityLevel, ...rest } = configAnswer(config)
      return { ...(compatibilityLevel && { compatibility: compatibilityLevel }), ...rest }
    })
    app.delete<Route>(path, async ({ params }) =>
      configAnswer(await registry.deleteConfig(settingOf(params))),
    )
  }
}

/** Whose setting a path means: '' for the registry itself and its default context. */
export function settingOf({ subject = '' }: { subject?: string }): string {
  return normalizeSubject(subject)
}

function configAnswer({ appendWithDefaults, ...config }: Config): Config {
  if (appendWithDefaults !== true) return config
  return { ...config, compatibilityLevel: 'APPEND_WITH_DEFAULTS' }
}
