/** One request with a batch of events, and what its answer says of each. */
import { cloudEventBatchMediaType } from '@millrace/event'
import { requestMsMax, retryAfterMsMax } from './limits.js'
import type { Outside } from './outside.js'

/** What the gateway says of one event. */
export type EventAnswer =
  | { kind: 'sent'; partition?: number; offset?: number }
  | { kind: 'dropped'; field: string; reason: string }
  | { kind: 'failed'; reason: string }
  | { kind: 'retry'; reason: string }

export type PostAnswer =
  /** One answer an event. `afterMs`: how long the gateway asks to wait before the next request. */
  | { kind: 'answered'; events: EventAnswer[]; afterMs: number }
  /** Nobody knows whether it holds them; they are to be sent again. */
  | { kind: 'retry'; reason: string; afterMs: number }
  | { kind: 'too-large'; reason: string }
  /** As a whole, and it would be again. */
  | { kind: 'refused'; reason: string }

/** Codes of events that are not what they should be: their data, or their attributes. */
const droppedCodes = [42203, 42206]

export interface PostTarget {
  outside: Outside
  /** Of the gateway. */
  url: string
  headers: Readonly<Record<string, string>>
}

/** Never rejects. */
export async function postEvents(
  target: PostTarget,
  texts: readonly string[],
): Promise<PostAnswer> {
  const { outside, url, headers } = target
  const body = batchText(texts)
  const abort = new AbortController()
  const cancel = outside.after(requestMsMax, () => abort.abort())
  try {
    const response = await outside.fetch(`${url}/events`, {
      method: 'POST',
      headers: { ...headers, 'content-type': cloudEventBatchMediaType },
      body,
      signal: abort.signal,
      // A page may be left while it is under way; browsers allow that for small bodies.
      keepalive: body.length < keepaliveCharsMax,
    })
    return readAnswer(outside, response, await response.text(), texts.length)
  } catch (cause) {
    const why = abort.signal.aborted ? `no answer in ${requestMsMax} ms` : reasonOf(cause)
    return { kind: 'retry', reason: `The gateway at ${url} did not answer: ${why}.`, afterMs: 0 }
  } finally {
    cancel()
  }
}

/** A list of events as the body of a request. */
export function batchText(texts: readonly string[]): string {
  return `[${texts.join(',')}]`
}

/** Browsers allow 64 KiB, in bytes; a UTF-16 unit is at most three of them. */
const keepaliveCharsMax = 20_000

interface Entry {
  error_code?: number | null
  error?: string | null
  field?: string
  reason?: string
  partition?: number | null
  offset?: number | null
}

function readAnswer(outside: Outside, response: Response, text: string, count: number): PostAnswer {
  const { status } = response
  const afterMs = retryAfter(response.headers.get('retry-after'), outside.now())
  const answer = parse(text)
  if (Array.isArray(answer?.events) && answer.events.length === count) {
    return { kind: 'answered', events: answer.events.map(eventAnswer), afterMs }
  }
  const said = typeof answer?.message === 'string' ? answer.message : text.slice(0, 200)
  const reason = `The gateway answered ${status}: ${said}`
  if (status === 413) return { kind: 'too-large', reason }
  // An answer that makes no sense is a proxy's: it may be gone in a moment.
  const mayPass = status < 400 || status >= 500 || [408, 425, 429].includes(status)
  return mayPass ? { kind: 'retry', reason, afterMs } : { kind: 'refused', reason }
}

function eventAnswer(entry: Entry): EventAnswer {
  const { error_code: code, error, field = '', partition, offset } = entry
  if (code === null || code === undefined) {
    return {
      kind: 'sent',
      ...(typeof partition === 'number' && { partition }),
      ...(typeof offset === 'number' && { offset }),
    }
  }
  const reason = error ?? `error ${code}`
  if (code === 50003 || code === 503 || code === 429) return { kind: 'retry', reason }
  if (droppedCodes.includes(code)) return { kind: 'dropped', field, reason: entry.reason ?? reason }
  return { kind: 'failed', reason }
}

function parse(text: string): { events?: Entry[]; message?: unknown } | undefined {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Seconds or a date (RFC 9110, section 10.2.3), as milliseconds from now. */
function retryAfter(value: string | null, now: number): number {
  if (value === null) return 0
  const milliseconds = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now
  return Number.isFinite(milliseconds) ? Math.min(Math.max(milliseconds, 0), retryAfterMsMax) : 0
}

/** fetch says 'fetch failed' and keeps the reason in the cause. */
function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause)
  return cause.cause instanceof Error ? cause.cause.message : cause.message
}
