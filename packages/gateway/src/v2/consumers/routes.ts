/** `/consumers/…`: the REST proxy's v2 API to read records with. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { gatewayErrors } from '../../errors.js'
import { answerV2, send } from '../../http/app.js'
import type { Bodies } from '../../http/bodies.js'
import { readJson } from '../../json.js'
import { kafkaFailure } from '../../kafka-failure.js'
import { consumerNameCharsMax } from '../../limits.js'
import { recordsMediaType } from './accept.js'
import type { ConsumerInstance } from './instance.js'
import type { ConsumerInstances } from './instances.js'
import { readInstanceOptions } from './options.js'
import { type RecordReader, recordsBody } from './record-reader.js'
import { readCommit, readPartitions, readSeek, readSubscription } from './request.js'
import { offsetAtTime } from './start-offsets.js'

interface RoutesOptions {
  instances: ConsumerInstances
  records: RecordReader
  bodies: Bodies
}

type Named = { Params: { group: string; instance: string } }
type Handle = (
  instance: ConsumerInstance,
  body: unknown,
  request: FastifyRequest<Named>,
) => Promise<object | undefined>

export async function consumerRoutes(
  app: FastifyInstance,
  { instances, records, bodies }: RoutesOptions,
): Promise<void> {
  // Whatever media type a body has, it is JSON; and there may be none.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, async (_request: unknown, body: Buffer) =>
    bodyOf(body),
  )

  app.post<{ Params: { group: string } }>('/consumers/:group', async (request, reply) => {
    const { group } = request.params
    if (group.length > consumerNameCharsMax) {
      throw gatewayErrors.consumerConfig(
        `the name of a group has at most ${consumerNameCharsMax} characters`,
      )
    }
    const name = instances.create(group, readInstanceOptions(request.body))
    const path = ['consumers', group, 'instances', name].map(encodeURIComponent).join('/')
    const base = `${request.protocol}://${request.host}`
    return answerV2(reply, 200, { instance_id: name, base_uri: `${base}/${path}` })
  })

  const at = '/consumers/:group/instances/:instance'
  app.delete<Named>(at, async ({ params }, reply) => {
    await refusedAsKafka(() => instances.delete(params.group, params.instance))
    return reply.status(204).send()
  })

  /** A resource of an instance; 204 where there is nothing to tell. */
  const serve = (method: 'GET' | 'POST' | 'DELETE', path: string, handle: Handle) => {
    app.route<Named>({
      method,
      url: `${at}/${path}`,
      handler: async (request, reply) => {
        const instance = instances.get(request.params.group, request.params.instance)
        const body = method === 'GET' ? await getBody(request) : request.body
        const found = await refusedAsKafka(() => handle(instance, body, request))
        return found === undefined ? reply.status(204).send() : answerV2(reply, 200, found)
      },
    })
  }
  /** The proxy takes a body with GET, too, which fastify does not read. */
  const getBody = async ({ raw, headers }: FastifyRequest): Promise<unknown> => {
    const { 'content-length': length = '0', 'transfer-encoding': encoding } = headers
    if (Number(length) === 0 && encoding === undefined) return undefined
    return bodyOf(await bodies.read(raw))
  }

  serve('POST', 'subscription', async (instance, body) => {
    const subscription = readSubscription(body)
    if ('topics' in subscription) {
      const cluster = await instances.clusterOf(subscription.topics)
      instance.moveTo(cluster)
      if (subscription.topics.length === 0) await instance.unsubscribe()
      else await instance.subscribe(subscription)
    } else await instance.subscribe(subscription)
    return undefined
  })
  serve('GET', 'subscription', async (instance) => ({ topics: await instance.subscribed() }))
  serve('DELETE', 'subscription', async (instance) => {
    await instance.unsubscribe()
    return undefined
  })

  serve('POST', 'assignments', async (instance, body) => {
    const partitions = readPartitions(body)
    instance.moveTo(await instances.clusterOf(partitions.map(({ topic }) => topic)))
    instance.assign(partitions)
    return undefined
  })
  serve('GET', 'assignments', async (instance) => ({ partitions: await instance.assigned() }))

  serve('POST', 'offsets', async (instance, body) => {
    await instance.commit(readCommit(body))
    return []
  })
  serve('GET', 'offsets', async (instance, body) => {
    if (body === undefined) throw gatewayErrors.noPartition()
    return { offsets: await instance.committed(readPartitions(body)) }
  })

  serve('POST', 'positions', async (instance, body) => {
    const { offsets, times } = readSeek(body)
    const found = await Promise.all(
      times.map(async ({ topic, partition, timeMs }) => {
        const to = await offsetAtTime(instance.client, topic, partition, timeMs)
        return { topic, partition, to }
      }),
    )
    await instance.seek([...offsets, ...found])
    return undefined
  })
  for (const [path, to] of [
    ['beginning', 'earliest'],
    ['end', 'latest'],
  ] as const) {
    serve('POST', `positions/${path}`, async (instance, body) => {
      await instance.seek(readPartitions(body).map((each) => ({ ...each, to })))
      return undefined
    })
  }

  app.get<Named>(`${at}/records`, async (request, reply) => {
    const { group, instance: name } = request.params
    const instance = instances.get(group, name)
    const { format } = instance.options
    const mediaType = recordsMediaType(request.headers.accept, format)
    const { timeout, max_bytes: maxBytes, headers } = request.query as Record<string, unknown>
    const withHeaders = headers === '' || headers === 'true'
    const found = await refusedAsKafka(() =>
      instance.read({
        ...positive('timeout', timeout, 'timeoutMs'),
        ...positive('max_bytes', maxBytes, 'maxBytes'),
        signal: hangUp(reply),
        decode: (record) => records.read(record, format, withHeaders),
      }),
    )
    // The time that an instance may be idle begins with the answer.
    instances.touch(group, name)
    return send(reply, 200, mediaType, recordsBody(found))
  })
}

function bodyOf(body: Buffer): unknown {
  return body.length === 0 ? undefined : readJson(body).value
}

/** As in the proxy, what is not positive is as if it were not there. */
function positive<N extends string>(name: string, value: unknown, as: N): { [K in N]?: number } {
  if (value === undefined) return {}
  const number = Number(value)
  if (!Number.isSafeInteger(number)) {
    throw gatewayErrors.badRequest(`${name} is a whole number, and not ${value}.`)
  }
  return number > 0 ? ({ [as]: number } as { [K in N]?: number }) : {}
}

function hangUp(reply: FastifyReply): AbortSignal {
  const controller = new AbortController()
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) controller.abort()
  })
  return controller.signal
}

async function refusedAsKafka<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (cause) {
    throw kafkaFailure(cause)
  }
}
