import { KafkaError } from '../../errors.js'
import { fetchResponseBytesMax, fetchWaitMsMax } from '../../limits.js'
import type { RequestOf, ResponseBodyOf } from '../../protocol/api.js'
import { fetch } from '../../protocol/apis.js'
import { kafkaErrors } from '../../protocol/kafka-errors.js'
import type { PartitionLog } from '../../storage/partition-log.js'
import { errorOf } from '../error-code.js'
import { checkLeaderEpoch } from '../leader-epoch.js'
import { type BrokerState, defineHandler, type RequestContext } from '../request-handler.js'

type Request = RequestOf<typeof fetch>
type Answer = ResponseBodyOf<typeof fetch>

const firstVersionWithTopicIds = 13
const noSession = 0

/**
 * Reads batches, as ranges of the files. Held back until there are `minBytes` to send, something
 * failed, or `maxWaitMs` are over; an append wakes it. There are no sessions: the answer says
 * session 0, and clients go on sending whole requests.
 */
export const fetchHandler = defineHandler(
  fetch,
  (context, request) => {
    const { broker } = context
    if (request.sessionId !== noSession) {
      return { errorCode: kafkaErrors.FETCH_SESSION_ID_NOT_FOUND }
    }
    const first = readAll(context, request)
    if (first.complete || request.maxWaitMs <= 0) return first.response
    return new Promise((resolve) => {
      const stops: (() => void)[] = []
      let isOver = false
      const end = (answer: Answer | undefined) => {
        isOver = true
        for (const stop of stops) stop()
        resolve(answer)
      }
      let isWoken = false
      const wake = () => {
        if (isWoken) return
        isWoken = true
        // One request may append to many partitions: look once, when it is through.
        queueMicrotask(() => {
          isWoken = false
          if (isOver) return
          const { complete, response } = readAll(context, request)
          if (complete) end(response)
        })
      }
      const leave = () => end(undefined)
      const waitMs = Math.min(request.maxWaitMs, fetchWaitMsMax)
      const giveUp = () => end(readAll(context, request).response)
      const timer = broker.host.clock.after(waitMs, giveUp)
      stops.push(() => timer.cancel())
      context.gone.addEventListener('abort', leave)
      stops.push(() => context.gone.removeEventListener('abort', leave))
      for (const log of first.logs) stops.push(log.onAdvance(wake))
    })
  },
  '4-17',
)

function readAll({ broker, header }: RequestContext, request: Request) {
  const byId = header.apiVersion >= firstVersionWithTopicIds
  const isolation = request.isolationLevel === 1 ? 'read_committed' : 'read_uncommitted'
  const budgetBytes = Math.min(request.maxBytes, fetchResponseBytesMax)
  const logs: PartitionLog[] = []
  let failed = false
  let readBytes = 0

  const readOne = (
    name: string | undefined,
    part: Request['topics'][number]['partitions'][number],
  ) => {
    const { partition: partitionIndex } = part
    try {
      if (name === undefined) throw new KafkaError('UNKNOWN_TOPIC_ID', 'a topic asked for by id')
      const log = broker.topics.partition(name, partitionIndex)
      checkLeaderEpoch(log, part.currentLeaderEpoch)
      logs.push(log)
      const maxBytes = Math.max(0, Math.min(part.partitionMaxBytes, budgetBytes - readBytes))
      const { batches, aborted } = log.read(part.fetchOffset, maxBytes, isolation, readBytes === 0)
      readBytes += batches.length
      return {
        partitionIndex,
        highWatermark: log.highWatermark,
        lastStableOffset: log.lastStableOffset,
        logStartOffset: log.startOffset,
        abortedTransactions: isolation === 'read_committed' ? aborted : null,
        records: batches,
      }
    } catch (cause) {
      failed = true
      return { partitionIndex, ...refused(broker, cause) }
    }
  }

  const responses = request.topics.map((each) => {
    const name = byId ? broker.topics.byId(each.topicId)?.description.name : each.topic
    const partitions = each.partitions.map((part) => readOne(name, part))
    return { topic: each.topic, topicId: each.topicId, partitions }
  })
  const complete = failed || readBytes >= request.minBytes
  return { response: { responses }, complete, logs }
}

function refused(broker: BrokerState, cause: unknown) {
  const { errorCode } = errorOf(cause, broker.log)
  return { errorCode, highWatermark: -1, abortedTransactions: null, records: Buffer.alloc(0) }
}
