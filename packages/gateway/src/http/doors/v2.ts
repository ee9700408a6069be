import { gatewayErrors } from '../../errors.js'
import type { ProduceAnswer } from '../../v2/answer.js'
import { type Format, formatOf, formats } from '../../v2/media-type.js'
import type { ProduceV2 } from '../../v2/produce.js'
import type { Bodies } from '../bodies.js'
import { answerProduced, preferred, sourceOf } from '../exchange.js'
import type { Door, Exchange } from '../produce-server.js'

/** `POST /topics/{topic}`, and `…/partitions/{partition}`. */
export function v2Door({ v2, bodies }: { v2: ProduceV2; bodies: Bodies }): Door {
  const produce = (exchange: Exchange, format: Format, body: Buffer): void | Promise<void> => {
    const { route, request, response, turn } = exchange
    const sent = {
      topic: route.topic,
      partition: route.partition,
      format,
      bytes: body.length,
      source: sourceOf(request),
      acknowledge: route.acknowledge ?? preferred(request),
    }
    const respond = (answer: ProduceAnswer) => answerProduced(response, answer)
    if (turn.isNow && v2.straight(sent, body, respond)) {
      turn.end()
      return
    }
    return v2.handle({ ...sent, body }, turn).then(respond)
  }
  return (exchange) => {
    const { request } = exchange
    const format = formatOf(request.headers['content-type'])
    if (format === undefined) throw gatewayErrors.unsupportedMediaType([...formats.keys()])
    const body = bodies.arrived(request)
    if (body !== undefined) return produce(exchange, format, body)
    return bodies.read(request).then((read) => produce(exchange, format, read))
  }
}
