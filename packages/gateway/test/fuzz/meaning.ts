/**
 * What a request that stores records was meant to store, and what it was told of each: read from
 * its bytes and its answer, apart from the server.
 */
import { JsonObjects } from '../../src/v3/json-objects.js'
import type { FramedRequest } from './framing.js'

/** A record that was answered as stored. */
export interface Told {
  readonly topic: string
  readonly partition: number
  /** Undefined where it is in the spool, or only would be stored. */
  readonly offset: number | undefined
  /** Under which it is found behind the spool. */
  readonly eventId: string | undefined
  readonly value: unknown
}

export interface Outcome {
  readonly stored: readonly Told[]
  /** Answers do not say of each record what became of it. */
  readonly problems: readonly string[]
}

const nothing: Outcome = { stored: [], problems: [] }

export type Door = 'v2' | 'v3 records' | 'v3 batch' | 'events'

/** The door of a request that stores records; undefined for others. */
export function doorOf({ method, url }: FramedRequest): Door | undefined {
  const path = url.split('?', 1)[0] ?? ''
  if (method !== 'POST') return undefined
  if (/^\/topics\/[^/]+(\/partitions\/\d+)?\/?$/.test(path)) return 'v2'
  if (/^\/v3\/clusters\/[^/]+\/topics\/[^/]+\/records\/?$/.test(path)) return 'v3 records'
  if (/^\/v3\/clusters\/[^/]+\/topics\/[^/]+\/records:batch\/?$/.test(path)) return 'v3 batch'
  return /^\/events\/?$/.test(path) ? 'events' : undefined
}

/** Every value that a request holds, whether it is taken or not. */
export function valuesOf(request: FramedRequest): unknown[] {
  switch (doorOf(request)) {
    case 'v2':
      return recordsOf(request.body).map((each) => each?.value)
    case 'v3 batch':
      return entriesOf(request.body).map((each) => each?.value?.data)
    case 'v3 records':
      return linesOf(request).map((each) => each?.value?.data)
    case 'events':
      return eventsOf(request).map((each) => each.value)
    default:
      return []
  }
}

/** What an answer with a good status says of the records of its request. */
export function outcomeOf(request: FramedRequest, status: number, body: string): Outcome {
  const door = doorOf(request)
  if (door === undefined || status >= 300) return nothing
  switch (door) {
    case 'v2':
      return ofV2(request, JSON.parse(body))
    case 'v3 batch':
      return ofBatch(request, JSON.parse(body))
    case 'v3 records':
      return ofLines(request, body)
    case 'events':
      return ofEvents(request, JSON.parse(body))
  }
}

// biome-ignore lint/suspicious/noExplicitAny: what was sent may be anything
type Anything = any

function ofV2(request: FramedRequest, answer: Anything): Outcome {
  const topic = decodeURIComponent(request.url.split(/[/?]/)[2] ?? '')
  const records = recordsOf(request.body)
  const offsets: Anything[] = answer.offsets
  if (answer.dry_run === true) return nothing
  if (offsets.length !== records.length) {
    return {
      stored: [],
      problems: [`${records.length} records are told ${offsets.length} offsets`],
    }
  }
  return merged(offsets.map((each, at) => placeOf(each, topic, records[at]?.value)))
}

function ofEvents(request: FramedRequest, answer: Anything): Outcome {
  if (answer.dry_run === true) return nothing
  const sent = eventsOf(request)
  const entries: Anything[] = answer.events
  if (entries.length !== sent.length) {
    return { stored: [], problems: [`${sent.length} events are told ${entries.length} entries`] }
  }
  return merged(entries.map((each, at) => placeOf(each, each.topic, sent[at]?.value)))
}

function placeOf(entry: Anything, topic: string, value: unknown): Outcome {
  const { partition, offset, error_code: code, event_id: eventId } = entry
  if (code !== null) return typeof code === 'number' ? nothing : bad('no code for a refused record')
  if (!Number.isInteger(partition)) return bad('no partition for a stored record')
  if (offset === null && typeof eventId !== 'string') return bad('neither an offset nor an id')
  const stored = [{ topic, partition, offset: offset ?? undefined, eventId, value }]
  return { stored, problems: [] }
}

function ofBatch(request: FramedRequest, answer: Anything): Outcome {
  const entries = entriesOf(request.body)
  const { successes, failures } = answer
  if (successes.length + failures.length !== entries.length) {
    return bad(`${entries.length} entries are told ${successes.length} + ${failures.length}`)
  }
  const values = new Map(entries.map((each) => [each?.id, each?.value?.data]))
  return merged(successes.map((each: Anything) => producedOf(each, values.get(each.id))))
}

function ofLines(request: FramedRequest, body: string): Outcome {
  const lines: Anything[] = body
    .split('\r\n')
    .flatMap((line) => (line === '' ? [] : [JSON.parse(line)]))
  const sent = linesOf(request)
  // A stream that is cut off, or goes on as no HTTP, has a last line of its own.
  const most = request.isComplete ? sent.length : sent.length + 1
  if (lines.length > most) return bad(`${sent.length} records are told ${lines.length} lines`)
  return merged(
    lines.map((line, at) => {
      const isStored = line.error_code === 200 || line.error_code === 202
      return isStored ? producedOf(line, sent[at]?.value?.data) : nothing
    }),
  )
}

function producedOf(line: Anything, value: unknown): Outcome {
  const { topic_name: topic, partition_id: partition, offset, event_id: eventId } = line
  if (line.dry_run === true) return nothing
  if (offset === undefined && eventId === undefined) return bad('neither an offset nor an id')
  return { stored: [{ topic, partition, offset, eventId, value }], problems: [] }
}

function recordsOf(body: Buffer): Anything[] {
  const records = parsed(body)?.records
  return Array.isArray(records) ? records : []
}

function entriesOf(body: Buffer): Anything[] {
  const entries = parsed(body)?.entries
  return Array.isArray(entries) ? entries : []
}

function linesOf({ body, isComplete }: FramedRequest): Anything[] {
  const objects = new JsonObjects(2 ** 30)
  const found = objects.push(body)
  const rest = isComplete ? objects.end() : undefined
  return [...found, ...(rest === undefined ? [] : [rest])].map(parsed)
}

function eventsOf({ headers, body }: FramedRequest): { value: unknown }[] {
  const mediaType = (headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
  const isBinary =
    !mediaType.startsWith('application/cloudevents') &&
    Object.keys(headers).some((name) => name.startsWith('ce-'))
  if (isBinary) return [{ value: body.length === 0 ? undefined : body }]
  const json = parsed(body)
  const list = Array.isArray(json) ? json : [json]
  return list.map((event) => {
    const { data, data_base64: base64 } = event ?? {}
    return { value: typeof base64 === 'string' ? Buffer.from(base64, 'base64') : data }
  })
}

function parsed(body: Buffer): Anything {
  try {
    return JSON.parse(body.toString())
  } catch {
    return undefined
  }
}

function merged(outcomes: readonly Outcome[]): Outcome {
  return {
    stored: outcomes.flatMap(({ stored }) => stored),
    problems: outcomes.flatMap(({ problems }) => problems),
  }
}

function bad(problem: string): Outcome {
  return { stored: [], problems: [problem] }
}
