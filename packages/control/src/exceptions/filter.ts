import { isResent, originalText, refusalOf, type StoredException } from './stored-exception.js'

/** Which exceptions are meant; what is not said excludes none. */
export interface ExceptionFilter {
  /** The topic that they were for, the raw topic that they came from, or the one they lie in. */
  readonly topic?: string
  /** A part of the reason, in any case. */
  readonly reason?: string
  /** The field to blame, or one that holds it. */
  readonly field?: string
  /** A part of the original, in any case. */
  readonly keyword?: string
  /** The event's id. */
  readonly event?: string
  /** Refused from then on, and before then: milliseconds since 1970. */
  readonly since?: number
  readonly until?: number
  readonly status: 'open' | 'resent' | 'all'
}

/** Whether an exception is meant. */
export function matches(stored: StoredException, filter: ExceptionFilter): boolean {
  const { topic, reason, field, keyword, event, since, until, status } = filter
  const refusal = refusalOf(stored)
  if (status !== 'all' && (status === 'resent') !== isResent(stored)) return false
  if (topic !== undefined && !topicsOf(stored).includes(topic)) return false
  if (since !== undefined && stored.time < since) return false
  if (until !== undefined && stored.time >= until) return false
  if (event !== undefined && stored.envelope.id !== event) return false
  if (field !== undefined && !isWithin(field, refusal.field)) return false
  if (reason !== undefined && !includes(refusal.reason, reason)) return false
  return keyword === undefined || includes(originalText(stored.event), keyword)
}

function topicsOf({ event, place }: StoredException): (string | undefined)[] {
  return [event.topic, event.from?.topic, place.topic]
}

function includes(text: string, part: string): boolean {
  return text.toLowerCase().includes(part.toLowerCase())
}

/** Whether the path of a refused field is that of `field`, or leads through it. */
function isWithin(field: string, refused: string): boolean {
  if (!refused.startsWith(field)) return false
  const rest = refused.slice(field.length)
  return rest === '' || rest.startsWith('.') || rest.startsWith('[')
}
