import { fetchResponseBytesMax, fetchWaitMsMax } from '../../limits.js'
import type { RequestOf, ResponseBodyOf } from '../../protocol/api.js'
import { fetch } from '../../protocol/apis.js'
import { kafkaErrors } from '../../protocol/kafka-errors.js'
import { FetchLease } from '../fetch/fetch-lease.js'
import { FetchSession } from '../fetch/fetch-session.js'
import { defineHandler, type RequestContext } from '../request-handler.js'

type Request = RequestOf<typeof fetch>
type Answer = ResponseBodyOf<typeof fetch>

const firstVersionWithTopicIds = 13
const noSession = 0
/** Epochs of a session that are none: it begins, and there is to be none after this request. */
const firstEpoch = 0
const finalEpoch = -1
const epochMax = 0x7fffffff

/**
 * Reads batches, as ranges of the files. Held back until there are `minBytes` to send, something
 * failed, or `maxWaitMs` are over; what is appended meanwhile is counted, and read once.
 *
 * A request names all partitions, with or without the wish for a session, or goes on with a
 * session; then only what changed is in the request, and only what is news in the answer.
 */
export const fetchHandler = defineHandler(fetch, (context, request) => {
  const { broker } = context
  const { sessionId, sessionEpoch } = request
  const byTopicId = context.header.apiVersion >= firstVersionWithTopicIds
  const isolation = request.isolationLevel === 1 ? 'read_committed' : 'read_uncommitted'
  const update = (session: FetchSession) =>
    session.update(request.topics, request.forgottenTopicsData, isolation)

  if (sessionEpoch === firstEpoch || sessionEpoch === finalEpoch) {
    broker.fetchSessions.remove(sessionId)
    const session = new FetchSession(broker, byTopicId)
    update(session)
    const wantsSession = sessionEpoch === firstEpoch
    return answerWhenDue(context, request, session, () => {
      const id = wantsSession ? broker.fetchSessions.add(session, context.gone) : noSession
      if (id === noSession) session.close()
      return id
    })
  }

  const session = broker.fetchSessions.get(sessionId)
  if (session === undefined) return { errorCode: kafkaErrors.FETCH_SESSION_ID_NOT_FOUND }
  if (session.epoch !== sessionEpoch) {
    return { errorCode: kafkaErrors.INVALID_FETCH_SESSION_EPOCH }
  }
  if (session.byTopicId !== byTopicId) {
    return { errorCode: kafkaErrors.FETCH_SESSION_TOPIC_ID_ERROR }
  }
  update(session)
  if (session.size === 0) {
    broker.fetchSessions.remove(sessionId)
    return { sessionId: noSession }
  }
  if (!broker.fetchSessions.touch(session)) {
    return { errorCode: kafkaErrors.FETCH_SESSION_ID_NOT_FOUND }
  }
  session.epoch = sessionEpoch === epochMax ? 1 : sessionEpoch + 1
  return answerWhenDue(context, request, session)
})

/**
 * Answers at once or later. `begin` for a request that names all partitions: called when the
 * answer is made, gives the id of the session that goes on from it.
 */
function answerWhenDue(
  { broker, gone, whenSent }: RequestContext,
  request: Request,
  session: FetchSession,
  begin?: () => number,
): Answer | Promise<Answer | undefined> {
  const bytesMax = () =>
    Math.min(request.maxBytes, fetchResponseBytesMax, broker.unsentAnswers.room)
  const { epoch } = session
  const lease = new FetchLease(broker.memory)
  const answer = (reading = session.read(bytesMax(), lease)): Answer => {
    whenSent(() => lease.giveBack())
    const responses = session.tell(reading)
    return { sessionId: begin === undefined ? session.id : begin(), responses }
  }
  const first = session.read(bytesMax(), lease)
  const missingBytes = request.minBytes - first.bytes
  if (first.isUrgent || missingBytes <= 0 || request.maxWaitMs <= 0) return answer(first)
  lease.giveBack()

  return new Promise((resolve) => {
    let isOver = false
    const end = (result: () => Answer | undefined) => {
      if (isOver) return
      isOver = true
      timer.cancel()
      stopWaiting()
      gone.removeEventListener('abort', leave)
      resolve(result())
    }
    const answerNow = () => {
      // Another request went on with the session while this one waited.
      if (session.epoch !== epoch) {
        return { sessionId: session.id, errorCode: kafkaErrors.INVALID_FETCH_SESSION_EPOCH }
      }
      return answer()
    }
    const leave = () =>
      end(() => {
        if (session.id === noSession) session.close()
        return undefined
      })
    const waitMs = Math.min(request.maxWaitMs, fetchWaitMsMax)
    const timer = broker.host.clock.after(waitMs, () => end(answerNow))
    // One request may append to many partitions: read once, when it is through.
    const stopWaiting = session.wait(missingBytes, () => queueMicrotask(() => end(answerNow)))
    gone.addEventListener('abort', leave)
  })
}
