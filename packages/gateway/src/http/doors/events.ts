import { type Incoming, readEvents } from '../../cloudevents/incoming.js'
import { type EventStore, eventsAnswer } from '../../cloudevents/store.js'
import type { Bodies } from '../bodies.js'
import { answerProduced, preferred, sourceOf } from '../exchange.js'
import type { Door } from '../produce-server.js'

/** `POST /events`: CloudEvents over HTTP. */
export function eventsDoor({ events, bodies }: { events: EventStore; bodies: Bodies }): Door {
  return async ({ route, request, response, turn }) => {
    const { headers } = request
    const body = bodies.arrived(request) ?? (await bodies.read(request))
    const incoming = readEvents(headers, body)
    const traced = withTrace(incoming, headers.traceparent, headers.tracestate)
    const acknowledge = route.acknowledge ?? preferred(request)
    await turn.come()
    const entries = await events.store(traced, { source: sourceOf(request), acknowledge })
    answerProduced(response, eventsAnswer(entries, acknowledge))
  }
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
