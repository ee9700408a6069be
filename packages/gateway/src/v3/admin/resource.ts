/** What resources of the v3 API have in common: how they are named, linked and listed. */

import { KafkaError } from '@millrace/log'
import type { Api, RequestBodyOf, ResponseOf } from '@millrace/log/protocol'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Clusters, GatewayCluster } from '../../cluster.js'
import { gatewayErrors } from '../../errors.js'
import { answer } from '../../http/app.js'
import { kafkaFailure } from '../../kafka-failure.js'

/** A request for a resource of one cluster. */
export class ResourceRequest {
  readonly cluster: GatewayCluster
  readonly query: Readonly<Record<string, string>>
  readonly #params: Readonly<Record<string, string>>
  readonly #body: unknown
  /** URL of the cluster. */
  readonly #base: string

  constructor(cluster: GatewayCluster, request: FastifyRequest) {
    this.cluster = cluster
    this.query = request.query as Record<string, string>
    this.#params = request.params as Record<string, string>
    this.#body = request.body
    const id = encodeURIComponent(cluster.id)
    this.#base = `${request.protocol}://${request.host}/v3/clusters/${id}`
  }

  /** What its path names. */
  param(name: string): string {
    return this.#params[name] ?? ''
  }

  /** A number of its path; what is none is not found. */
  number(name: string, what: string): number {
    const text = this.#params[name]
    if (text !== undefined && /^\d{1,10}$/.test(text)) return Number(text)
    throw gatewayErrors.resourceNotFound(`${what} ${text}`)
  }

  /** The fields of its body. Throws 42206 where there is none, 400 for what is no object. */
  input(): Record<string, unknown> {
    if (this.#body === undefined || this.#body === null) {
      throw gatewayErrors.payload('Null input provided. Data is required.')
    }
    return fieldsOf(this.#body)
  }

  /** The URL of a resource by the segments of its path below the cluster. */
  url(...segments: (string | number)[]): string {
    return [this.#base, ...segments.map((each) => encodeURIComponent(String(each)))].join('/')
  }

  /** The kind, the address and the name of one resource; `name` without the cluster. */
  resource(
    kind: string,
    self: string,
    name: string,
  ): { kind: string; metadata: { self: string; resource_name: string }; cluster_id: string } {
    const { id } = this.cluster
    const metadata = { self, resource_name: `crn:///kafka=${id}/${name}` }
    return { kind, metadata, cluster_id: id }
  }
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

/** Adds a resource below `/v3/clusters/{id}`; a colon that is meant is written twice. */
export type AddResource = (
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: string,
  handle: HandleResource,
) => void

export function resourcesOf(app: FastifyInstance, clusters: Clusters): AddResource {
  return (method, path, handle) => {
    app.route({
      method,
      url: `/v3/clusters/:cluster_id/${path}`,
      handler: async (request: FastifyRequest, reply: FastifyReply) => {
        const { cluster_id: id = '' } = request.params as Record<string, string>
        try {
          const cluster = await clusters.withId(id)
          if (cluster === undefined) throw gatewayErrors.clusterNotFound(id)
          const { status, body, location } = await handle(new ResourceRequest(cluster, request))
          if (location !== undefined) reply.header('location', location)
          if (body === undefined) return reply.status(status).send()
          return answer(reply, status, mediaType, body)
        } catch (cause) {
          throw kafkaFailure(cause)
        }
      },
    })
  }
}

export function related(url: string): { related: string } {
  return { related: url }
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

/** The fields of a JSON object. Throws 400. */
export function fieldsOf(body: unknown): Record<string, unknown> {
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) {
    return body as Record<string, unknown>
  }
  throw gatewayErrors.badRequest('a JSON object is expected.')
}
