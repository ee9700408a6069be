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

/** What pages are answered with beside the rest, or the refusal of those that are not allowed. */
export class Origins {
  readonly #allows: (origin: string) => boolean

  constructor(origins: readonly string[]) {
    this.#allows = originRule(origins)
  }

  /** Throws 403 for a page that is not allowed. */
  headersFor(origin: string): Readonly<Record<string, string>> {
    if (!this.#allows(origin)) throw gatewayErrors.originRefused(origin)
    return {
      vary: 'origin',
      'access-control-allow-origin': origin,
      'access-control-expose-headers': 'retry-after, preference-applied',
    }
  }

  /** Answers preflight requests, and refuses requests of pages that are not allowed. */
  addTo(app: FastifyInstance): void {
    app.addHook('onRequest', async ({ headers: { origin } }, reply) => {
      if (origin === undefined) return
      reply.header('vary', 'origin')
      reply.headers(this.headersFor(origin))
    })
    app.options('*', (request, reply) => {
      const asked = request.headers['access-control-request-headers']
      reply.header('access-control-allow-methods', 'GET, POST, PUT, PATCH, DELETE')
      reply.header('access-control-max-age', preflightSeconds)
      if (asked !== undefined) reply.header('access-control-allow-headers', asked)
      return reply.status(204).send()
    })
  }
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
