/**
 * Events of many topics in one request: each goes to the topic that it names or that its type
 * has, those of a topic together and in their order, and each is told in its place.
 */
import { isProblem, WrittenJson } from '@millrace/event'
import { inOneLine, refusalText } from '@millrace/schema'
import { GatewayError, gatewayErrors, recordCodes } from '../errors.js'
import { present, type SentRecord, type Told } from '../prepare.js'
import type { Acknowledge } from '../store.js'
import { type OffsetEntry, offsetEntries, type ProduceAnswer } from '../v2/answer.js'
import type { ProduceV2 } from '../v2/produce.js'
import type { Incoming, IncomingEvent } from './incoming.js'

/** What became of one event: an `OffsetEntry` with the event's id and topic. */
export interface EventEntry extends OffsetEntry {
  id: string | null
  topic: string | null
}

export interface EventStoreOptions {
  produce: Pick<ProduceV2, 'store'>
  /** Does the project speak of this topic, or the log hold it? */
  isTopic: (name: string) => Promise<boolean>
  /** Topics whose schema describes events of this type. */
  topicsOfType: (type: string) => readonly string[]
}

/** What the events of a request have in common. */
interface Common {
  /** Who the request is from. */
  source: string
  /** What the topics' policies say where it is undefined. */
  acknowledge: Acknowledge | undefined
}

/** What an event is taken for where partitions are given their share of bytes. */
const bytesGuessed = 512

/** The extension that names an event's topic. It is an address, and is not stored. */
const topicExtension = 'topic'

/** The extension that is the record's key (CloudEvents' Partitioning extension). */
const keyExtension = 'partitionkey'

export class EventStore {
  readonly #options: EventStoreOptions

  constructor(options: EventStoreOptions) {
    this.#options = options
  }

  /** Stores what can be stored, and says of each event what became of it. Never rejects. */
  async store(events: readonly Incoming[], common: Common): Promise<EventEntry[]> {
    const entries: EventEntry[] = new Array(events.length)
    const groups = new Map<string, Group>()
    for (const [at, event] of events.entries()) {
      if (isProblem(event)) {
        const { id = null, field, reason } = event
        entries[at] = refusedEntry(id, null, recordCodes.payload, field, reason)
        continue
      }
      const topic = await this.#topicOf(event).catch((cause) => cause as Error)
      if (topic instanceof Error) {
        entries[at] = errorEntry(event.context.id, null, topic)
        continue
      }
      const format = event.data !== undefined && 'base64' in event.data ? 'binary' : 'json'
      const name = `${format} ${topic}`
      const group = groups.get(name) ?? { topic, format, members: [] }
      group.members.push({ at, event })
      groups.set(name, group)
    }
    await Promise.all([...groups.values()].map((group) => this.#storeGroup(group, common, entries)))
    return entries
  }

  /** Throws a `GatewayError` where no topic, or more than one, is meant. */
  async #topicOf({ context }: IncomingEvent): Promise<string> {
    const named = context.extensions?.[topicExtension]
    if (named !== undefined) return named
    const { isTopic, topicsOfType } = this.#options
    const [topic, ...others] = topicsOfType(context.type)
    if (others.length > 0) {
      throw gatewayErrors.typeOfSeveralTopics(context.type, [topic as string, ...others])
    }
    if (topic !== undefined) return topic
    if (await isTopic(context.type)) return context.type
    throw gatewayErrors.typeWithoutTopic(context.type)
  }

  async #storeGroup(group: Group, common: Common, entries: EventEntry[]): Promise<void> {
    const { topic, format, members } = group
    try {
      const records = members.map(({ event }) => recordOf(event))
      const request = { keySchema: undefined, valueSchema: undefined, records }
      const bytes = records.length * bytesGuessed
      const sent = { topic, format, bytes, ...common }
      const offsets = offsetEntries(await this.#options.produce.store(sent, () => request))
      for (const [nth, { at, event }] of members.entries()) {
        const offset = offsets[nth]
        if (offset !== undefined) entries[at] = { id: event.context.id, topic, ...offset }
      }
    } catch (cause) {
      for (const { at, event } of members) entries[at] = errorEntry(event.context.id, topic, cause)
    }
  }
}

interface Group {
  topic: string
  format: 'json' | 'binary'
  members: { at: number; event: IncomingEvent }[]
}

function recordOf({ context, data }: IncomingEvent): SentRecord {
  const { [topicExtension]: _, ...extensions } = context.extensions ?? {}
  const told: Told = {
    context: { ...context, extensions },
    key: extensions[keyExtension] ?? null,
  }
  const value =
    data === undefined ? undefined : 'json' in data ? data.json : base64Json(data.base64)
  const given = { key: undefined, value: present(value), told }
  return { given, key: undefined, value: given.value }
}

/** As a request that has bytes in JSON would have them. */
function base64Json(base64: string): WrittenJson {
  return WrittenJson.parse(Buffer.from(`"${base64}"`))
}

/**
 * The answer to a request: 200 when an event is stored, 202 when one of them waits in the spool,
 * else the first one's error.
 */
export function eventsAnswer(
  entries: EventEntry[],
  acknowledge: Acknowledge | undefined,
): ProduceAnswer {
  const refused = entries.filter((entry) => entry.error_code !== null)
  const [first] = refused
  if (first === undefined || refused.length < entries.length) {
    const isSpooled = entries.some((entry) => entry.event_id !== undefined)
    const body = { events: entries, ...(acknowledge === 'dry-run' && { dry_run: true }) }
    return { status: isSpooled ? 202 : 200, retriable: false, body: JSON.stringify(body) }
  }
  // What may succeed in a moment decides: then the sender should come again.
  const told = refused.find((entry) => mayPass(entry.error_code)) ?? first
  const code = told.error_code ?? recordCodes.payload
  const retriable = mayPass(code)
  const message =
    refused.length === 1
      ? `The event was not stored: ${told.error}`
      : `None of the ${refused.length} events was stored; of one: ${told.error}`
  const { status } = new GatewayError(code, message, { retriable })
  const body = JSON.stringify({ error_code: code, message, events: entries })
  return { status, retriable, body }
}

function mayPass(code: number | null): boolean {
  return code === recordCodes.logRetriable || code === 503 || code === 429
}

function errorEntry(id: string, topic: string | null, cause: unknown): EventEntry {
  const error = cause instanceof GatewayError ? cause : gatewayErrors.internal(cause)
  const { code, message } = error
  return { id, topic, partition: null, offset: null, error_code: code, error: message }
}

function refusedEntry(
  id: string | null,
  topic: string | null,
  code: number,
  field: string,
  reason: string,
): EventEntry {
  const error = refusalText({ field, reason })
  const refused = { error_code: code, error, field, reason: inOneLine(reason) }
  return { id, topic, partition: null, offset: null, ...refused }
}
