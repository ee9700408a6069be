/**
 * Records to the log, in as few requests as their size allows: one, unless there is more for a
 * partition than a batch may hold. Then the batches of a partition follow one another, so that
 * its records keep their order, and those after a failed one are not sent.
 */
import { KafkaError, type LogRecord, type Producer } from '@millrace/log'
import { batchBytesMax } from './limits.js'
import { recordBytes } from './prepare.js'

/** A record and where it goes. */
export interface Placed {
  readonly topic: string
  readonly partition: number
  readonly record: LogRecord
}

/** What became of a record. */
export type Appended =
  | { readonly partition: number; readonly offset: number }
  | { readonly partition: number; readonly failure: AppendFailure }

export interface AppendFailure {
  readonly message: string
  readonly retriable: boolean
}

/** The batches of one partition, and how many of them are done. */
interface Lane {
  readonly topic: string
  readonly partition: number
  /** Each batch as the positions of its records in the input. */
  readonly batches: number[][]
}

/** Appends all records; the outcomes are in the order of the records. Never rejects. */
export async function appendAll(
  producer: Pick<Producer, 'sendAll'>,
  records: readonly Placed[],
): Promise<Appended[]> {
  const outcomes: Appended[] = new Array(records.length)
  let lanes = lanesOf(records)
  for (let round = 0; lanes.length > 0; round++) {
    const sent = lanes.map(({ topic, partition, batches }) => ({
      topic,
      partition,
      records: (batches[round] ?? []).flatMap((at) => records[at]?.record ?? []),
    }))
    const results = await sendAll(producer, sent)
    lanes = lanes.filter(({ partition, batches }, i) => {
      const result = results[i] ?? { failure: { message: 'no answer', retriable: true } }
      if ('failure' in result) {
        for (const at of batches.slice(round).flat()) outcomes[at] = { partition, ...result }
        return false
      }
      batches[round]?.forEach((at, nth) => {
        outcomes[at] = { partition, offset: result.baseOffset + nth }
      })
      return round + 1 < batches.length
    })
  }
  return outcomes
}

function lanesOf(records: readonly Placed[]): Lane[] {
  const lanes = new Map<string, Lane & { bytes: number }>()
  records.forEach(({ topic, partition, record }, at) => {
    const name = `${topic}/${partition}`
    let lane = lanes.get(name)
    if (lane === undefined) {
      lane = { topic, partition, batches: [[]], bytes: 0 }
      lanes.set(name, lane)
    }
    const bytes = recordBytes(record)
    if (lane.bytes + bytes > batchBytesMax && lane.bytes > 0) {
      lane.batches.push([])
      lane.bytes = 0
    }
    lane.batches.at(-1)?.push(at)
    lane.bytes += bytes
  })
  return [...lanes.values()]
}

type BatchResult = { baseOffset: number } | { failure: AppendFailure }

/** Outcomes in the order of the batches. */
async function sendAll(
  producer: Pick<Producer, 'sendAll'>,
  batches: { topic: string; partition: number; records: LogRecord[] }[],
): Promise<BatchResult[]> {
  try {
    const results = await producer.sendAll(batches)
    const byLane = new Map(results.map((each) => [`${each.topic}/${each.partition}`, each]))
    return batches.map(({ topic, partition }) => {
      const result = byLane.get(`${topic}/${partition}`)
      if (result?.baseOffset !== undefined) return { baseOffset: result.baseOffset }
      return { failure: failureOf(result?.error) }
    })
  } catch (cause) {
    return batches.map(() => ({ failure: failureOf(cause) }))
  }
}

/** A failure that does not say whether it passes (a lost connection) may pass. */
export function failureOf(cause: unknown): AppendFailure {
  const message = cause instanceof Error ? cause.message : 'the broker gave no answer'
  return { message, retriable: cause instanceof KafkaError ? cause.retriable : true }
}
