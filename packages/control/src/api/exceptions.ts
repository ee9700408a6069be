import { KafkaError } from '@millrace/log'
import { RegistryClientError } from '@millrace/schema/client'
import type { FastifyInstance } from 'fastify'
import { controlErrors } from '../errors.js'
import { Exceptions } from '../exceptions/exceptions.js'
import { placeOf } from '../exceptions/place.js'
import { type Parameters, readResend, readSearch } from '../exceptions/search-parameters.js'
import type { Platform } from '../supervise/platform.js'

/** The exceptions of the platform: a list, one of them, sending them again. */
export function addExceptions(server: FastifyInstance, platform: Platform): void {
  const { clock } = platform.host
  const exceptions = new Exceptions({
    project: () => platform.project,
    registryUrl: platform.url('registry'),
    client: (cluster) => platform.clientOf(cluster),
  })
  server.get<{ Querystring: Parameters }>('/api/exceptions', ({ query }) =>
    exceptions.list(readSearch(query, clock.now())),
  )
  server.get<{ Params: { id: string } }>('/api/exceptions/:id', ({ params }) =>
    exceptions.show(placeOf(params.id)),
  )
  server.post<{ Body: unknown }>('/api/exceptions/resend', async ({ body }) => {
    const request = readResend(parametersIn(body), clock.now())
    return exceptions.resend(request).catch((cause: unknown) => {
      const isAway = cause instanceof KafkaError || cause instanceof RegistryClientError
      throw isAway ? controlErrors.resendUncertain(sentence(cause.message)) : cause
    })
  })
}

function parametersIn(body: unknown): Parameters {
  if (body === undefined || body === null) return {}
  if (typeof body === 'object' && !Array.isArray(body)) return body as Parameters
  throw controlErrors.badParameter('body', body, 'a JSON object')
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`
}
