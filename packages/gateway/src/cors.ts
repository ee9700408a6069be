/**
 * Which web pages may speak to the gateway. A browser names the page's origin; whoever names
 * none is no page, and passes. A page that is not allowed is refused even where a browser would
 * let it send without asking (a form, a beacon).
 */
import type { FastifyInstance } from 'fastify'
import { gatewayErrors } from './errors.js'
import { preflightSeconds } from './limits.js'

/** Pages that this machine serves to itself, on any port. */
export const localOrigins: readonly string[] = [
  'http://localhost:*',
  'http://127.0.0.1:*',
  'http://[::1]:*',
]

/**
 * Whether one of `origins` is meant: each is an origin (`https://shop.example`), with `*` for a
 * part of the host or for the port, or `*` alone for all.
 */
export function originRule(origins: readonly string[]): (origin: string) => boolean {
  const forms = origins.map((each) => {
    if (each === '*') return /^/
    const [, base, anyPort] = /^(.*?)(:\*)?$/.exec(each) as unknown as [string, string, string?]
    const text = base.split('*').map(escaped).join('[^/:]+')
    return new RegExp(`^${text}${anyPort === undefined ? '' : '(?::\\d+)?'}$`)
  })
  return (origin) => forms.some((form) => form.test(origin))
}

/** Answers preflight requests, and refuses requests of pages that are not allowed. */
export function addOrigins(app: FastifyInstance, origins: readonly string[]): void {
  const allows = originRule(origins)
  app.addHook('onRequest', async ({ headers }, reply) => {
    const { origin } = headers
    if (origin === undefined) return
    reply.header('vary', 'origin')
    if (!allows(origin)) throw gatewayErrors.originRefused(origin)
    reply.header('access-control-allow-origin', origin)
    reply.header('access-control-expose-headers', 'retry-after')
  })
  app.options('*', (request, reply) => {
    const asked = request.headers['access-control-request-headers']
    reply.header('access-control-allow-methods', 'GET, POST, PUT, DELETE')
    reply.header('access-control-max-age', preflightSeconds)
    if (asked !== undefined) reply.header('access-control-allow-headers', asked)
    return reply.status(204).send()
  })
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
