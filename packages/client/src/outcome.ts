/** What became of an event. */
export type Outcome =
  /** It is in the log; without a place where the gateway stores it later or a beacon took it. */
  | { status: 'sent'; id: string; topic: string; partition?: number; offset?: number }
  /** It does not fit its schema, or is none; it never left, or the gateway refused it. */
  | { status: 'dropped'; id: string; topic: string; field: string; reason: string }
  /** It is good, and could not be delivered. */
  | { status: 'failed'; id: string; topic: string; reason: string }

/** What became of all events so far; `sent + dropped + failed + waiting` is what was sent off. */
export interface ClientCounts {
  /** Given to `send`, and found in the spool. */
  taken: number
  sent: number
  /** Of those sent: handed to the browser while the page was left, without an answer. */
  beaconed: number
  dropped: number
  failed: number
  /** Events that a request carried once more. */
  retried: number
  /** In the queue, or under way. */
  waiting: number
}
