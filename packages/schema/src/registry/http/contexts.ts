import type { FastifyInstance } from 'fastify'
import { contextPrefix, normalizeSubject, parseSubject } from '../qualified-subject.js'
import type { SchemaRegistry } from '../registry.js'
import { page, type Query, text } from './request.js'

type Route = { Params: { context: string }; Querystring: Query }

/** `/contexts`; what is below a context is the path without it, with its names qualified. */
export function contextRoutes(app: FastifyInstance, registry: SchemaRegistry): void {
  app.get<Route>('/contexts', ({ query }) => {
    const prefix = text(query, 'contextPrefix') ?? ''
    return page(
      registry.contexts().filter((context) => context.startsWith(prefix)),
      query,
    )
  })
  app.delete<Route>('/contexts/:context', async ({ params }, reply) => {
    await registry.deleteContext(prefixOf(params.context))
    return reply.status(204).send()
  })
}

/**
 * The path without a context for one that begins with `/contexts/{context}/`: the subject in it
 * is qualified, and so are the queries that name one. Any other path is itself.
 */
export function contextPath(url: string): string {
  const parts = /^\/contexts\/([^/?]+)(\/[^?]*)?(?:\?(.*))?$/.exec(url)
  const [, context = '', rest = '/', query = ''] = parts ?? []
  if (parts === null || rest === '/') return url
  try {
    return inContextPath(prefixOf(decodeURIComponent(context)), rest, query)
  } catch {
    // A % that begins no escape; the router says so.
    return url
  }
}

function inContextPath(prefix: string, rest: string, query: string): string {
  const segments = rest.split('/').filter((segment) => segment !== '')
  const [first = ''] = segments
  const isSetting = first === 'config' || first === 'mode'
  const at = isSetting ? 1 : segments.indexOf('subjects') + 1
  if (at > 0 && at < segments.length) segments[at] = qualified(prefix, segments[at] ?? '')
  else if (isSetting && prefix !== '') segments.push(encodeURIComponent(prefix))
  return `/${segments.join('/')}${queryIn(prefix, segments, query)}`
}

function queryIn(prefix: string, segments: readonly string[], query: string): string {
  const values = new URLSearchParams(query)
  const name =
    segments[0] === 'schemas' && segments[1] === 'ids'
      ? 'subject'
      : segments.length === 1 && ['schemas', 'subjects'].includes(segments[0] ?? '')
        ? 'subjectPrefix'
        : undefined
  if (name !== undefined) values.set(name, inContext(prefix, values.get(name) ?? ''))
  const text = values.toString()
  return text === '' ? '' : `?${text}`
}

function qualified(prefix: string, segment: string): string {
  return encodeURIComponent(inContext(prefix, decodeURIComponent(segment)))
}

function inContext(prefix: string, name: string): string {
  return name.startsWith(':.') || name.startsWith(':*:') ? name : `${prefix}${name}`
}

/** `:.name:` for a context that is written `.name`, `name` or `:.name:`. */
function prefixOf(context: string): string {
  if (context.startsWith(':.')) return contextPrefix(parseSubject(context).context)
  return normalizeSubject(contextPrefix(context.startsWith('.') ? context : `.${context}`))
}
