import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Acknowledge } from '../store.js'
import type { ProduceAnswer } from '../v2/answer.js'
import { type Incoming, readEvents } from './incoming.js'
import { type EventStore, eventsAnswer } from './store.js'

export interface EventRoutesOptions {
  store: EventStore
  /** Runs before the body is read. */
  admit: (request: FastifyRequest, reply: FastifyReply) => Promise<void>
  sourceOf: (request: FastifyRequest) => string
  /** How the request wants to be answered; undefined where it does not say. */
  acknowledgeOf: (request: FastifyRequest) => Acknowledge | undefined
  answer: (reply: FastifyReply, answer: ProduceAnswer) => FastifyReply
}

/** `POST /events`: CloudEvents over HTTP. */
export async function eventRoutes(
  app: FastifyInstance,
  { store, admit, sourceOf, acknowledgeOf, answer }: EventRoutesOptions,
): Promise<void> {
  // In binary mode the body is the data, of whatever media type.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  app.post<{ Body: Buffer | undefined }>(
    '/events',
    { onRequest: admit },
    async (request, reply) => {
      const events = readEvents(request.headers, request.body ?? Buffer.alloc(0))
      const traced = withTrace(events, request.headers.traceparent, request.headers.tracestate)
      const acknowledge = acknowledgeOf(request)
      const entries = await store.store(traced, { source: sourceOf(request), acknowledge })
      return answer(reply, eventsAnswer(entries, acknowledge))
    },
  )
}

/** A lone event without a trace is of the trace that its request is of. */
function withTrace(
  events: Incoming[],
  traceParent: string | string[] | undefined,
  traceState: string | string[] | undefined,
): Incoming[] {
  const [event, ...others] = events
  if (event === undefined || others.length > 0 || !('context' in event)) return events
  if (event.context.traceParent !== undefined || typeof traceParent !== 'string') return events
  if (!traceParentForm.test(traceParent)) return events
  const state = typeof traceState === 'string' && traceState !== '' ? { traceState } : {}
  return [{ ...event, context: { ...event.context, traceParent, ...state } }]
}

/** W3C Trace Context, section 3.2. */
const traceParentForm = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/
