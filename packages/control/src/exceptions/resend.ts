/**
 * Exceptions, sent again: those that fit now are stored, each once.
 *
 * The typed events and the outcomes that say so are one transaction: all of them are there, or
 * none. A resend opens its producer, under an id that all resends share, before it looks at the
 * outcomes. From then on no earlier resend can commit, and what it did commit can be seen. So an
 * exception without a `sent` outcome was never sent, and no two resends send the same one, whoever
 * is killed in between.
 */

import { batchesOf, isOfARecord, type Placed } from '@millrace/converter'
import { type ResendOutcome, writeResendOutcome } from '@millrace/event'
import type { Clock } from '@millrace/host'
import { type LogClient, TransactionalProducer } from '@millrace/log'
import type { ResendItem } from '../api/types.js'
import { resendBatchBytesMax, resendBatchMax } from '../limits.js'
import { idOf } from './place.js'
import type { Recheck, Rechecked } from './recheck.js'
import { isResent, originalBytes, refusalOf, type StoredException } from './stored-exception.js'

/** All resends of a log share it. */
const transactionalId = 'millrace.exceptions'

/** An exception, and what was found of it. */
interface Checked {
  readonly stored: StoredException
  readonly found: Rechecked
}

/** One resend. Nothing may look at outcomes for it before it is begun. */
export class Resend {
  readonly #clock: Clock
  readonly #recheck: Recheck
  /** Absent in a dry run. */
  readonly #producer: TransactionalProducer | undefined

  private constructor(clock: Clock, recheck: Recheck, producer: TransactionalProducer | undefined) {
    this.#clock = clock
    this.#recheck = recheck
    this.#producer = producer
  }

  /** Ends every earlier resend; a dry run ends none. */
  static async begin(
    client: LogClient,
    recheck: Recheck,
    options: { isDry: boolean },
  ): Promise<Resend> {
    const { clock } = client.cluster.host
    if (options.isDry) return new Resend(clock, recheck, undefined)
    return new Resend(clock, recheck, await TransactionalProducer.open(client, { transactionalId }))
  }

  /** Sends exceptions in their order, and says of each what became of it, or would. */
  async send(exceptions: readonly StoredException[]): Promise<ResendItem[]> {
    const items: ResendItem[] = []
    for (const batch of batchesIn(exceptions)) {
      const checked: Checked[] = []
      for (const stored of batch) {
        if (isResent(stored)) items.push(itemOf(stored, 'resent before'))
        else checked.push({ stored, found: await this.#recheck.check(stored) })
      }
      items.push(...(await this.#commit(checked)))
    }
    return items
  }

  /** Aborts what is open. */
  async end(): Promise<void> {
    await this.#producer?.close()
  }

  /** One transaction; where the log refuses one because of a record, in halves. */
  async #commit(checked: readonly Checked[]): Promise<ResendItem[]> {
    const items = checked.map(({ stored, found }) => {
      return 'placed' in found ? itemOf(stored, 'resent') : itemOf(stored, 'refused', found)
    })
    const placed = checked.flatMap((each) => this.#placed(each))
    if (this.#producer === undefined || placed.length === 0) return items
    try {
      await this.#producer.commit({ batches: batchesOf(placed) })
      return items
    } catch (cause) {
      if (!isOfARecord(cause)) throw cause
      const [only] = checked
      if (only === undefined || (checked.length === 1 && !('placed' in only.found))) throw cause
      if (checked.length === 1) {
        return this.#commit([{ ...only, found: { field: '', reason: cause.message } }])
      }
      const half = checked.length >>> 1
      const first = await this.#commit(checked.slice(0, half))
      return [...first, ...(await this.#commit(checked.slice(half)))]
    }
  }

  /** The event, where it fits, and the outcome, where it says something new. */
  #placed({ stored, found }: Checked): Placed[] {
    const { topic, partition, offset } = stored.place
    const time = this.#clock.now()
    const outcome = (more: Partial<ResendOutcome>): Placed => {
      const { id, source } = stored.envelope
      const at = new Date(time).toISOString()
      const written = writeResendOutcome({ offset, at, ...more }, { id, source, time })
      return { topic, partition, record: { key: null, ...written, timestamp: time } }
    }
    if ('placed' in found) {
      return [found.placed, outcome({ sent: { topic: found.placed.topic, id: found.id } })]
    }
    const before = refusalOf(stored)
    const isNew = found.field !== before.field || found.reason !== before.reason
    const { field, reason } = found
    return isNew ? [outcome({ refused: { field, reason } })] : []
  }
}

/** In pieces that fit into a transaction. */
function* batchesIn(exceptions: readonly StoredException[]): Generator<StoredException[]> {
  let batch: StoredException[] = []
  let bytes = 0
  for (const stored of exceptions) {
    const more = originalBytes(stored.event)?.length ?? 0
    if (
      batch.length > 0 &&
      (batch.length === resendBatchMax || bytes + more > resendBatchBytesMax)
    ) {
      yield batch
      batch = []
      bytes = 0
    }
    batch.push(stored)
    bytes += more
  }
  if (batch.length > 0) yield batch
}

function itemOf(
  { place, event, envelope }: StoredException,
  outcome: ResendItem['outcome'],
  refusal?: { field: string; reason: string },
): ResendItem {
  return {
    id: idOf(place),
    topic: event.topic,
    event: envelope.id,
    outcome,
    ...(refusal === undefined ? {} : { field: refusal.field, reason: refusal.reason }),
  }
}
