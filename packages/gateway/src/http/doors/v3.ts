import type { Admission } from '../../admission.js'
import type { Callers } from '../../callers.js'
import { gatewayErrors } from '../../errors.js'
import { readJson } from '../../json.js'
import { failure, producedLine, success } from '../../v3/answer.js'
import { readBatch } from '../../v3/batch.js'
import { RecordOrder } from '../../v3/order.js'
import type { ProduceV3 } from '../../v3/produce.js'
import { type AnswerRecord, RecordStream } from '../../v3/records.js'
import { readRecord } from '../../v3/request.js'
import type { Bodies } from '../bodies.js'
import {
  answer,
  type HttpRequest,
  type HttpResponse,
  preferred,
  sourceOf,
  toGatewayError,
  v3MediaType,
} from '../exchange.js'
import type { Door } from '../produce-server.js'

interface V3Options {
  v3: ProduceV3
  bodies: Bodies
}

interface StreamOptions extends V3Options {
  admission: Admission
  callers: Callers | undefined
  /** Those that are under way. */
  streams: Map<HttpResponse, RecordStream>
}

/** `POST /v3/clusters/{id}/topics/{topic}/records`: one record after another. */
export function v3RecordsDoor({ v3, bodies, admission, callers, streams }: StreamOptions): Door {
  return async ({ route, request, response, turn }) => {
    isJson(request)
    const sent = {
      source: sourceOf(request),
      acknowledge: route.acknowledge ?? preferred(request),
      order: new RecordOrder(turn.come()),
    }
    const target = await v3.target(route.topic, route.clusterId)
    const caller = { headers: request.headers, address: request.socket.remoteAddress ?? '' }
    const answerRecord: AnswerRecord = async (body) => {
      const one = { ...sent, bytes: body.length }
      callers?.take(caller, one.bytes)
      const leave = admission.enter(one.bytes, 0)
      if (leave === undefined) throw gatewayErrors.overloaded()
      try {
        const straight = v3.straight(target, body, one)
        const produced = straight ?? v3.produce(target, readRecord(readJson(body)), one)
        return producedLine(await produced)
      } finally {
        leave()
      }
    }
    const stream = new RecordStream(request, response, answerRecord)
    streams.set(response, stream)
    try {
      await stream.run(bodies, () => {
        void sent.order.done().then(() => turn.end())
      })
    } finally {
      streams.delete(response)
    }
  }
}

/** `POST /v3/clusters/{id}/topics/{topic}/records:batch`. */
export function v3BatchDoor({ v3, bodies }: V3Options): Door {
  return async ({ route, request, response, turn }) => {
    isJson(request)
    const body = await bodies.read(request)
    const target = await v3.target(route.topic, route.clusterId)
    const entries = readBatch(body)
    const common = {
      source: sourceOf(request),
      acknowledge: route.acknowledge ?? preferred(request),
      bytes: Math.ceil(body.length / entries.length),
      order: new RecordOrder(turn.come()),
    }
    const all = entries.map(async ({ id, sent }) => {
      const given = readRecord(sent, ['id'])
      return success(id, await v3.produce(target, given, common))
    })
    void common.order.done().then(() => turn.end())
    const successes: object[] = []
    const failures: object[] = []
    const settled = await Promise.allSettled(all)
    settled.forEach((each, at) => {
      const id = entries[at]?.id ?? ''
      if (each.status === 'fulfilled') successes.push(each.value)
      else failures.push(failure(id, toGatewayError(each.reason)))
    })
    answer(response, 207, v3MediaType, JSON.stringify({ successes, failures }))
  }
}

/** Throws 415 for a body that is not said to be JSON. */
function isJson({ headers }: HttpRequest): void {
  const [mediaType = ''] = (headers['content-type'] ?? '').split(';')
  if (mediaType.trim().toLowerCase() === v3MediaType) return
  throw gatewayErrors.unsupportedMediaType([v3MediaType])
}
