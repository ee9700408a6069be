/** What resources of the v3 API have in common: how they are named, linked and listed. */

import { KafkaError } from '@millrace/log'
import type { Api, RequestBodyOf, ResponseOf } from '@millrace/log/protocol'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Clusters, GatewayCluster } from '../../cluster.js'
import { gatewayErrors } from '../../errors.js'
import { answer } from '../../http/app.js'
import { kafkaFailure } from '../../kafka-failure.js'

/** A request for a resource of one cluster. */
export interface ResourceRequest {
  readonly cluster: GatewayCluster
  readonly params: Readonly<Record<string, string>>
  readonly query: Readonly<Record<string, string>>
  readonly body: unknown
  /** URL and name of a resource of the cluster: its path as pairs, `['topics', 'topic', name]`. */
  readonly base: string
}

/** What is answered; 204 without a body. */
export interface ResourceAnswer {
  readonly status: number
  /** The URL of what was made. */
  readonly location?: string
  readonly body?: object
}

export type HandleResource = (request: ResourceRequest) => Promise<ResourceAnswer>

const mediaType = 'application/json'

/** Adds resources below `/v3/clusters/{id}`; a colon that is meant is written twice. */
export function resourcesOf(app: FastifyInstance, clusters: Clusters) {
  return (
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    handle: HandleResource,
  ) => {
    app.route({
      method,
      url: `/v3/clusters/:cluster_id/${path}`,
      handler: async (request: FastifyRequest, reply: FastifyReply) => {
        const params = request.params as Record<string, string>
        const id = params.cluster_id ?? ''
        try {
          const cluster = await clusters.withId(id)
          if (cluster === undefined) throw gatewayErrors.clusterNotFound(id)
          const base = `${request.protocol}://${request.host}/v3/clusters/${encodeURIComponent(id)}`
          const query = request.query as Record<string, string>
          const { body } = request
          const answered = await handle({ cluster, params, query, body, base })
          const { status, body: found, location } = answered
          if (location !== undefined) reply.header('location', location)
          if (found === undefined) return reply.status(status).send()
          return answer(reply, status, mediaType, found)
        } catch (cause) {
          throw kafkaFailure(cause)
        }
      },
    })
  }
}

/** Segments of a path below the cluster. */
export function urlOf({ base }: ResourceRequest, ...segments: (string | number)[]): string {
  return [base, ...segments.map((segment) => encodeURIComponent(String(segment)))].join('/')
}

export function related(url: string): { related: string } {
  return { related: url }
}

/** The kind, the address and the name of one resource; `name` without the cluster. */
export function resource(
  request: ResourceRequest,
  kind: string,
  self: string,
  name: string,
): { kind: string; metadata: { self: string; resource_name: string }; cluster_id: string } {
  const { id } = request.cluster
  const metadata = { self, resource_name: `crn:///kafka=${id}/${name}` }
  return { kind, metadata, cluster_id: id }
}

export function list(kind: string, self: string, data: readonly object[]): ResourceAnswer {
  return ok({ kind, metadata: { self, next: null }, data })
}

export function ok(body: object): ResourceAnswer {
  return { status: 200, body }
}

export const noContent: ResourceAnswer = { status: 204 }

/** Asks the first broker that answers. */
export async function ask<A extends Api>(
  { client }: GatewayCluster,
  api: A,
  request: RequestBodyOf<A>,
): Promise<ResponseOf<A>> {
  const broker = await client.cluster.anyBroker()
  return (await broker.request(api, request as never)) as ResponseOf<A>
}

/** Throws a `KafkaError` for a code in an answer. */
export function check(errorCode: number, where: string, message?: string | null): void {
  if (errorCode !== 0) throw new KafkaError(errorCode, where, message ? { detail: message } : {})
}

/** A number of a path; what is none is not found. */
export function numberOf(text: string | undefined, what: string): number {
  const number = Number(text)
  if (text !== undefined && /^\d{1,10}$/.test(text)) return number
  throw gatewayErrors.resourceNotFound(`${what} ${text}`)
}

/** The fields of a request's body. Throws 42206 where there is none, 400 for what is no object. */
export function inputOf({ body }: ResourceRequest): Record<string, unknown> {
  if (body === undefined || body === null) {
    throw gatewayErrors.payload('Null input provided. Data is required.')
  }
  return fieldsOf(body)
}

/** The fields of a JSON object. Throws 400. */
export function fieldsOf(body: unknown): Record<string, unknown> {
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) {
    return body as Record<string, unknown>
  }
  throw gatewayErrors.badRequest('a JSON object is expected.')
}
