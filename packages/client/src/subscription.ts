/**
 * Events of a topic for a group, over the v2 consumer API of Confluent's REST proxy. An event
 * counts as handled when the next one is asked for; what is handled is committed before the next
 * poll and at the end, so after a crash the last ones come again: at least once.
 */
import { pollMs, pollRetryMs, requestMsMax, retryMsMax } from './limits.js'
import { type Outside, sleep } from './outside.js'

/** An event as it is received; what is optional here is Millrace's, and no other proxy's. */
export interface Received<Value> {
  topic: string
  partition: number
  offset: number
  key: unknown
  value: Value
  /** Which event it is, of those of its source: two that have both alike are one, sent twice. */
  id?: string
  source?: string
  /** When it happened: RFC 3339. */
  time?: string
  /** When the log took it: RFC 3339. */
  timestamp?: string
  /** All headers of the record. */
  headers?: Readonly<Record<string, string>>
}

export interface SubscribeOptions {
  /** Members of one group share the partitions; each group has all events. */
  group: string
  /** Where a group begins that has committed nothing; 'earliest' where it is not said. */
  from?: 'earliest' | 'latest'
  /** How values are read; 'json' where it is not said. */
  format?: 'json' | 'avro' | 'jsonschema' | 'protobuf' | 'binary'
  /** Ends the subscription. */
  signal?: AbortSignal
}

export interface SubscriptionTarget {
  outside: Outside
  url: string
  headers: Readonly<Record<string, string>>
}

/** The proxy refused, and would refuse again. */
export class SubscriptionError extends Error {
  override readonly name = 'SubscriptionError'
  readonly code: number

  constructor(code: number, message: string) {
    super(`The subscription was refused (${code}): ${message}`)
    this.code = code
  }
}

/** What may be over in a moment. */
class Passing extends Error {}

/** The proxy has forgotten the consumer, because it was not asked for long. */
const instanceNotFound = 40403
/** A record that cannot be read in this format, however often it is asked for. */
const unreadable = 50002

/** Until `signal` is aborted or the loop is left. Throws a `SubscriptionError`. */
export async function* subscribe<Value>(
  target: SubscriptionTarget,
  topic: string,
  options: SubscribeOptions,
): AsyncGenerator<Received<Value>, void, undefined> {
  const consumer = new Consumer(target, topic, options)
  let failures = 0
  try {
    while (!options.signal?.aborted) {
      let records: Received<Value>[]
      try {
        records = await consumer.poll<Value>()
        failures = 0
      } catch (cause) {
        if (!(cause instanceof Passing)) throw cause
        const wait = Math.min(pollRetryMs * 2 ** failures++, retryMsMax)
        await sleep(target.outside, wait, options.signal)
        continue
      }
      for (const record of records) {
        if (options.signal?.aborted) return
        yield record
        consumer.handled(record)
      }
    }
  } finally {
    await consumer.close()
  }
}

class Consumer {
  readonly #target: SubscriptionTarget
  readonly #topic: string
  readonly #options: SubscribeOptions
  readonly #format: string
  /** Of the consumer's instance; undefined before there is one. */
  #place: string | undefined
  /** The last handled offset by partition, as far as it is not committed. */
  #handled = new Map<number, number>()

  constructor(target: SubscriptionTarget, topic: string, options: SubscribeOptions) {
    this.#target = target
    this.#topic = topic
    this.#options = options
    this.#format = options.format ?? 'json'
  }

  handled({ partition, offset }: { partition: number; offset: number }): void {
    this.#handled.set(partition, offset)
  }

  /** The next records, after those before have been committed. */
  async poll<Value>(): Promise<Received<Value>[]> {
    try {
      this.#place ??= await this.#begin()
      await this.#commit()
      const accept = `application/vnd.kafka.${this.#format}.v2+json`
      const place = `${this.#place}/records?timeout=${pollMs}&headers=true`
      const records = (await this.#ask('GET', place, { accept })) as Received<Value>[]
      return records.map(withEnvelope)
    } catch (cause) {
      if (!(cause instanceof SubscriptionError) || cause.code !== instanceNotFound) throw cause
      this.#place = undefined
      // What was not committed comes again, to this consumer or another.
      this.#handled.clear()
      throw new Passing(cause.message)
    }
  }

  async close(): Promise<void> {
    if (this.#place === undefined) return
    try {
      await this.#commit()
      await this.#ask('DELETE', this.#place, {})
    } catch {
      // The proxy ends consumers that are not asked for a while by itself.
    }
  }

  async #begin(): Promise<string> {
    const group = `/consumers/${encodeURIComponent(this.#options.group)}`
    const made = (await this.#ask('POST', group, {
      body: {
        format: this.#format,
        'auto.offset.reset': this.#options.from ?? 'earliest',
        'auto.commit.enable': 'false',
      },
    })) as { instance_id: string }
    // Not the `base_uri` of the answer: it names a host that may be known to the proxy alone.
    const place = `${group}/instances/${encodeURIComponent(made.instance_id)}`
    await this.#ask('POST', `${place}/subscription`, { body: { topics: [this.#topic] } })
    return place
  }

  async #commit(): Promise<void> {
    if (this.#handled.size === 0) return
    const committed = [...this.#handled]
    // The last handled one; the proxy itself goes on behind it.
    const offsets = committed.map(([partition, offset]) => {
      return { topic: this.#topic, partition, offset }
    })
    await this.#ask('POST', `${this.#place}/offsets`, { body: { offsets } })
    this.#handled.clear()
  }

  async #ask(
    method: string,
    place: string,
    { accept = mediaType, body }: { accept?: string; body?: object },
  ): Promise<unknown> {
    const { outside, url, headers } = this.#target
    const abort = new AbortController()
    const cancel = outside.after(requestMsMax, () => abort.abort())
    try {
      const response = await outside.fetch(`${url}${place}`, {
        method,
        headers: { ...headers, accept, ...(body !== undefined && { 'content-type': mediaType }) },
        signal: abort.signal,
        ...(body !== undefined && { body: JSON.stringify(body) }),
      })
      const text = await response.text()
      if (!response.ok) throw refusal(response.status, text)
      return text === '' ? undefined : JSON.parse(text)
    } catch (cause) {
      if (cause instanceof SubscriptionError) throw cause
      throw new Passing(cause instanceof Error ? cause.message : String(cause))
    } finally {
      cancel()
    }
  }
}

const mediaType = 'application/vnd.kafka.v2+json'

/** With what its headers say of it; see docs/envelope.md. */
function withEnvelope<Value>(record: Received<Value>): Received<Value> {
  const { ce_id: id, ce_source: source, ce_time: time } = record.headers ?? {}
  return {
    ...record,
    ...(id !== undefined && { id }),
    ...(source !== undefined && { source }),
    ...(time !== undefined && { time }),
  }
}

function refusal(status: number, text: string): Error {
  let said: { error_code?: number; message?: string } = {}
  try {
    said = JSON.parse(text)
  } catch {
    // A proxy in between answers in its own words.
  }
  const { error_code: code = status, message = text.slice(0, 200) } = said
  const isAway = status >= 500 && code !== unreadable
  if (isAway || status === 429 || status === 408) return new Passing(message)
  return new SubscriptionError(code, message)
}
