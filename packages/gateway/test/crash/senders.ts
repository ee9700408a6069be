/**
 * Those who send while servers die: each sends one request after the other, of its own kind, every
 * event once. What is not answered is not sent again, so whatever is there twice was made twice by
 * the gateway.
 */
import type { Random } from '@millrace/host'
import type { Accepted } from './check.js'
import { postBatch, postEvents, postRecords, type Request } from './requests.js'
import { streamRecords } from './stream.js'
import { topicNames } from './topics.js'

/** What the senders know; `accepted` is in the order of the answers. */
export interface Sent {
  readonly accepted: Accepted[]
  events: number
  /** Events that were told to come later, or refused. */
  refused: number
  /** Events of which nobody knows what became of them. */
  unanswered: number
}

/** What a sender is given to send, and where it says what came of it. */
export interface Sending {
  readonly url: string
  readonly clusterId: string
  readonly sender: number
  readonly random: Random
  readonly signal: AbortSignal
  readonly sent: Sent
  /** Ids that no other event has. */
  ids(count: number): number[]
}

const pauseMs = 3
/** Who is not answered waits for the server to be there again. */
const pauseAfterFailureMs = 100

/** One kind of request each; `plain` alone has several, as it has the most to keep in order. */
const kinds: readonly ((sending: Sending) => Promise<boolean>)[] = [
  (sending) => postRecords(sending, some(sending, 'plain', 40)),
  (sending) => postRecords(sending, some(sending, 'plain', 500)),
  (sending) => postRecords(sending, some(sending, 'checked', 40)),
  (sending) => postRecords(sending, some(sending, 'spooled', 40)),
  (sending) => postRecords(sending, { ...some(sending, 'plain', 10), partition: 1 }),
  (sending) => postBatch(sending, some(sending, 'single', 40)),
  (sending) => postEvents(sending, some(sending, '', 40), topicNames),
  (sending) => streamRecords(sending, 'plain'),
  (sending) => streamRecords(sending, 'checked'),
]

/** Resolves when all have ended, which is soon after the signal. */
export async function sendUntil(
  signal: AbortSignal,
  url: string,
  clusterId: string,
  random: Random,
  sent: Sent,
): Promise<void> {
  let next = 0
  const ids = (count: number) => {
    sent.events += count
    return Array.from({ length: count }, () => next++)
  }
  const run = async (sender: number) => {
    const send = kinds[sender] as (typeof kinds)[number]
    const sending = { url, clusterId, sender, random, signal, sent, ids }
    while (!signal.aborted) {
      const isAnswered = await send(sending)
      const ms = isAnswered ? pauseMs : pauseAfterFailureMs
      await new Promise((resolve) => setTimeout(resolve, ms))
    }
  }
  await Promise.all(kinds.map((_, sender) => run(sender)))
}

/** A request with some events; half of them ask to be answered from the spool. */
function some({ ids, random }: Sending, topic: string, most: number): Request {
  return { topic, ids: ids(1 + random.below(most)), isAsync: random.below(2) === 0 }
}
