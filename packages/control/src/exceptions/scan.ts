/**
 * Exceptions, the newest first, with what became of each. An outcome stands after its exception in
 * the same partition, so whoever reads backwards has met all of an exception's outcomes when the
 * exception comes, and needs to remember only those whose exceptions have not come yet.
 */
import type { ResendOutcome } from '@millrace/event'
import type { LogClient } from '@millrace/log'
import { backwards, type Span } from './backwards.js'
import { type ExceptionPlace, idOf } from './place.js'
import { readStored, type StoredException } from './stored-exception.js'

/** Exception topics of one cluster; those that are not there are passed over. */
export interface ScanSource {
  readonly client: LogClient
  readonly topics: readonly string[]
}

/** How far is looked. */
export interface ScanRange {
  /** Nothing that was refused before is looked for: milliseconds since 1970. */
  readonly since?: number | undefined
  /** Nothing before these places is looked for, and nothing in other partitions. */
  readonly places?: readonly ExceptionPlace[] | undefined
  /** Records that are read at most. */
  readonly readMax: number
}

/** How far a scan has come. */
export interface ScanProgress {
  /** Records read. */
  read: number
  /** Where it stopped before it had seen all: milliseconds since 1970. */
  stoppedAt?: number
}

/** Gives exceptions until all are seen, or `readMax` records are read; `progress` tells which. */
export async function* scan(
  sources: readonly ScanSource[],
  range: ScanRange,
  progress: ScanProgress,
): AsyncGenerator<StoredException, void, undefined> {
  const outcomes = new Map<string, ResendOutcome>()
  const spans = await Promise.all(sources.map((each) => spansOf(each, range)))
  for await (const found of backwards(spans.flat())) {
    const { topic, partition, record } = found
    if (progress.read === range.readMax) {
      progress.stoppedAt = record.timestamp
      return
    }
    progress.read++
    const stored = readStored(found)
    if (stored === undefined) continue
    if ('outcome' in stored) {
      const id = idOf({ topic, partition, offset: stored.outcome.offset })
      if (!outcomes.has(id)) outcomes.set(id, stored.outcome)
      continue
    }
    const place = { topic, partition, offset: record.offset }
    const id = idOf(place)
    const outcome = outcomes.get(id)
    outcomes.delete(id)
    yield { place, time: record.timestamp, ...stored, outcome }
  }
}

async function spansOf({ client, topics }: ScanSource, range: ScanRange): Promise<Span[]> {
  const { since, places } = range
  const spans: Span[] = []
  for (const { name: topic, partitions } of await client.topics(topics)) {
    for (let partition = 0; partition < partitions; partition++) {
      const wanted = places?.filter((each) => each.topic === topic && each.partition === partition)
      if (wanted?.length === 0) continue
      const end = await client.listOffsets(topic, partition, 'latest', 'read_committed')
      const earliest = await client.listOffsets(topic, partition, 'earliest')
      const ofTime = since === undefined ? earliest : await startAt(topic, partition, since, end)
      const ofPlaces = Math.min(...(wanted ?? []).map(({ offset }) => offset))
      const start = Math.max(earliest, ofTime, wanted === undefined ? 0 : ofPlaces)
      if (start < end) spans.push({ client, topic, partition, start, end })
    }
  }
  return spans

  /** All records before it are older. */
  async function startAt(topic: string, partition: number, time: number, end: number) {
    const offset = await client.listOffsets(topic, partition, time)
    return offset < 0 ? end : offset
  }
}
