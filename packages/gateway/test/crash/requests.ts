/** Requests with several events in them: v2, v3's batches, CloudEvents. */
import type { Sending } from './senders.js'

export interface Request {
  readonly topic: string
  /** Of its events, one an event. */
  readonly ids: readonly number[]
  /** Whether it asks to be answered from the spool. */
  readonly isAsync: boolean
  readonly partition?: number
}

/** What one event was answered with; an offset of null is the spool's. */
interface Entry {
  topic?: string
  partition: number
  offset: number | null
  error_code: number | null
}

/** A broker that is away is waited for; who waits that long is not part of this. */
const answerMsMax = 20_000

const json = (data: unknown) => ({ type: 'JSON', data })

/** Seven keys, so that each has several events and every partition has some. */
const keyOf = (id: number) => `k${id % 7}`

/** Whether it was answered. */
export async function postRecords(sending: Sending, request: Request): Promise<boolean> {
  const { topic, ids, partition } = request
  const place = partition === undefined ? '' : `/partitions/${partition}`
  const key = (id: number) => (partition === undefined ? { key: keyOf(id) } : {})
  // On a topic that has a schema for its values alone keys come in no format with a schema.
  const type = 'application/vnd.kafka.json.v2+json'
  const records = ids.map((id) => ({ ...(topic !== 'checked' && key(id)), value: { id } }))
  return post(sending, request, `/topics/${topic}${place}`, type, { records }, (body) => {
    return body.offsets as Entry[] | undefined
  })
}

export async function postBatch(sending: Sending, request: Request): Promise<boolean> {
  const { topic, ids } = request
  const entries = ids.map((id, at) => {
    return { id: `${at}`, key: json(keyOf(id)), value: json({ id }) }
  })
  const path = `/v3/clusters/${sending.clusterId}/topics/${topic}/records:batch`
  return post(sending, request, path, 'application/json', { entries }, (body) => {
    const successes = body.successes as { id: string; partition_id: number; offset?: number }[]
    const found = new Map(successes.map((each) => [each.id, each]))
    return ids.map((_, at) => {
      const { partition_id: partition = -1, offset = null } = found.get(`${at}`) ?? {}
      return { partition, offset, error_code: found.has(`${at}`) ? null : 50003 }
    })
  })
}

/** Events of several topics. */
export async function postEvents(
  sending: Sending,
  request: Request,
  topics: readonly string[],
): Promise<boolean> {
  const topicOf = (id: number) => topics[id % topics.length] as string
  const events = request.ids.map((id) => ({
    ...{ specversion: '1.0', id: `${id}`, type: 'crash.Event', source: '/crash' },
    ...{ topic: topicOf(id), partitionkey: keyOf(id), data: { id } },
  }))
  const type = 'application/cloudevents-batch+json'
  return post(sending, request, '/events', type, events, (body) => {
    return body.events as Entry[] | undefined
  })
}

async function post(
  { url, sender, sent }: Sending,
  { topic, ids, isAsync }: Request,
  path: string,
  type: string,
  body: object,
  entriesOf: (answer: Record<string, unknown>) => Entry[] | undefined,
): Promise<boolean> {
  let answer: Record<string, unknown>
  let isOk: boolean
  try {
    const response = await fetch(`${url}${path}`, {
      method: 'POST',
      headers: { 'content-type': type, ...(isAsync && { prefer: 'respond-async' }) },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(answerMsMax),
    })
    answer = (await response.json()) as Record<string, unknown>
    isOk = response.ok
  } catch {
    sent.unanswered += ids.length
    return false
  }
  const entries = isOk ? entriesOf(answer) : undefined
  if (entries === undefined) {
    sent.refused += ids.length
    return true
  }
  entries.forEach(({ error_code: code, partition, offset, topic: named = topic }, at) => {
    const id = ids[at] ?? -1
    if (code === null) {
      sent.accepted.push({ id, sender, topic: named, partition, offset: offset ?? undefined })
    } else sent.refused++
  })
  return true
}
