import type { Random } from '@millrace/host'

/** An event that was acknowledged. */
export interface Accepted {
  readonly id: number
  readonly partition: number
  /** Undefined where it was acknowledged from the spool. */
  readonly offset: number | undefined
}

/** What the senders know. */
export interface Sent {
  readonly accepted: Accepted[]
  /** Requests of which nobody knows what became of them. */
  unanswered: number
  /** Requests that were told to come later. */
  refused: number
  events: number
}

const sendersCount = 8
const pauseMs = 5
/** Who is not answered waits for the server to be there again. */
const pauseAfterFailureMs = 50

/**
 * Send event after event, each once: what is not answered is not sent again, so whatever is there
 * twice was made twice by the gateway. Half of the requests ask to be answered from the spool.
 */
export async function sendUntil(
  signal: AbortSignal,
  url: string,
  topic: string,
  random: Random,
): Promise<Sent> {
  const sent: Sent = { accepted: [], unanswered: 0, refused: 0, events: 0 }
  let next = 0
  const sender = async () => {
    while (!signal.aborted) {
      const ids = Array.from({ length: 1 + random.below(5) }, () => next++)
      sent.events += ids.length
      const isAsync = random.below(2) === 0
      const isAnswered = await send(sent, url, topic, ids, isAsync)
      const ms = isAnswered ? pauseMs : pauseAfterFailureMs
      await new Promise((resolve) => setTimeout(resolve, ms))
    }
  }
  await Promise.all(Array.from({ length: sendersCount }, sender))
  return sent
}

async function send(
  sent: Sent,
  url: string,
  topic: string,
  ids: readonly number[],
  isAsync: boolean,
): Promise<boolean> {
  try {
    const response = await fetch(`${url}/topics/${topic}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/vnd.kafka.json.v2+json',
        ...(isAsync && { prefer: 'respond-async' }),
      },
      body: JSON.stringify({ records: ids.map((id) => ({ key: id % 7, value: { id } })) }),
      // A broker that is away is waited for; who waits that long is not part of this.
      signal: AbortSignal.timeout(20_000),
    })
    const { offsets = [] } = (await response.json()) as {
      offsets?: { partition: number; offset: number | null; error_code: number | null }[]
    }
    if (response.status !== (isAsync ? 202 : 200)) {
      sent.refused++
      return true
    }
    offsets.forEach(({ partition, offset, error_code: code }, at) => {
      if (code !== null) return
      sent.accepted.push({ id: ids[at] ?? -1, partition, offset: offset ?? undefined })
    })
    return true
  } catch {
    sent.unanswered++
    return false
  }
}
