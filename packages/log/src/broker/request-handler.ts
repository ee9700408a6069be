import type { Address, Host } from '@millrace/host'
import type { GroupCoordinator } from '../groups/group-coordinator.js'
import type { Api, RequestOf, ResponseBodyOf } from '../protocol/api.js'
import type { Field } from '../protocol/field.js'
import { type RequestHeader, responseFrame } from '../protocol/frame.js'
import { decodeRequest } from '../protocol/message.js'
import type { VersionRange } from '../protocol/version-range.js'
import type { TransactionCoordinator } from '../transactions/transaction-coordinator.js'
import type { BrokerConfigs } from './broker-configs.js'
import type { ClusterMetadata } from './cluster-metadata.js'
import type { FetchSessions } from './fetch/fetch-sessions.js'
import type { MemoryPool } from './memory-pool.js'
import type { RequestBudget } from './request-budget.js'
import type { Topics } from './topics.js'
import type { UnsentAnswers } from './unsent-answers.js'

/** What handlers work with. */
export interface BrokerState {
  readonly host: Host
  readonly nodeId: number
  readonly clusterId: string
  /** Where clients reach the broker. */
  readonly address: Address
  /** Where everything is kept. */
  readonly directory: string
  readonly metadata: ClusterMetadata
  readonly brokerConfigs: BrokerConfigs
  readonly topics: Topics
  readonly fetchSessions: FetchSessions
  readonly memory: MemoryPool
  readonly requestBudget: RequestBudget
  readonly unsentAnswers: UnsentAnswers
  readonly groups: GroupCoordinator
  readonly transactions: TransactionCoordinator
  /** How each API is answered, by its key. */
  readonly handlers: ReadonlyMap<number, RequestHandler>
  readonly autoCreateTopics: boolean
  readonly defaultPartitions: number
  readonly log: (line: string) => void
}

/** One request, and who sent it. */
export interface RequestContext {
  readonly broker: BrokerState
  readonly header: RequestHeader
  /** The client's address, without a port. */
  readonly clientHost: string
  /** Aborted when the connection is gone, so that nothing waits for nobody. */
  readonly gone: AbortSignal
  /** Has `action` called once the client's side has taken the whole answer; not if it is gone. */
  readonly whenSent: (action: () => void) => void
}

/** `undefined`: no answer is to be sent. */
type Answer<Body> = Body | undefined | Promise<Body | undefined>

/** The chunks of a whole response frame. */
export type ResponseFrame = Buffer[]

/** How the broker answers one API. */
export interface RequestHandler {
  readonly api: Api
  /** The versions that are announced. */
  readonly versions: VersionRange
  /** Whether nothing of the request is looked at after its answer: its memory may be used again. */
  readonly keepsNothing: boolean
  answer(context: RequestContext, frame: Buffer, bodyAt: number): Answer<ResponseFrame>
}

/**
 * Joins an API's messages and the function that answers it. `keepsNothing` where bytes of the request that outlive its
 * answer are copied. The function may throw a `KafkaError` only where the response
 * has no place for a code; the connection is closed then.
 */
export function defineHandler<Q extends readonly Field[], R extends readonly Field[]>(
  api: Api<Q, R>,
  handle: (
    context: RequestContext,
    request: RequestOf<Api<Q, R>>,
  ) => Answer<ResponseBodyOf<Api<Q, R>>>,
  { keepsNothing = false }: { keepsNothing?: boolean } = {},
): RequestHandler {
  return {
    api,
    versions: api.versions,
    keepsNothing,
    answer(context, frame, bodyAt) {
      const { apiVersion, correlationId } = context.header
      const request = decodeRequest(api, apiVersion, frame, bodyAt) as RequestOf<Api<Q, R>>
      const framed = (body: ResponseBodyOf<Api<Q, R>> | undefined) =>
        body === undefined ? undefined : responseFrame(api, apiVersion, correlationId, body)
      const body = handle(context, request)
      return body instanceof Promise ? body.then(framed) : framed(body)
    },
  }
}
