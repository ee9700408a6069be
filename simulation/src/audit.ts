import {
  batchesIn,
  decodeRecords,
  Fetcher,
  KafkaError,
  type LogClient,
  readEndMarker,
  verifyBatch,
} from '@millrace/log'
import { fetch } from '@millrace/log/protocol'
import { topic } from './world.js'

/** One offset of a partition: a record, or the end of a transaction. */
export interface Entry {
  readonly offset: number
  readonly kind: 'record' | 'commit' | 'abort'
  readonly value: string
  readonly producerId: number
  readonly producerEpoch: number
  readonly isTransactional: boolean
}

/** What is in the log once everything has come to rest. */
export interface Audit {
  readonly partitions: readonly {
    readonly startOffset: number
    readonly endOffset: number
    /** Before it every transaction has ended. */
    readonly stableOffset: number
    readonly entries: readonly Entry[]
    /** What a read_committed reader is given. */
    readonly committed: readonly { offset: number; value: string }[]
  }[]
  /** The offset that each group committed, of partition 0. */
  readonly groups: ReadonlyMap<string, number>
}

const maxBytes = 100_000

/** Reads all that there is. */
export async function auditOf(
  client: LogClient,
  partitionCount: number,
  groups: readonly string[],
): Promise<Audit> {
  const partitions = []
  for (let partition = 0; partition < partitionCount; partition++) {
    const startOffset = await client.listOffsets(topic, partition, 'earliest')
    const endOffset = await client.listOffsets(topic, partition, 'latest')
    const stableOffset = await client.listOffsets(topic, partition, 'latest', 'read_committed')
    const entries = await entriesOf(client, partition, startOffset, endOffset)
    const committed = await committedOf(client, partition, startOffset, stableOffset)
    partitions.push({ startOffset, endOffset, stableOffset, entries, committed })
  }
  const offsets = new Map<string, number>()
  for (const group of groups) {
    for (const { offset } of await client.committedOffsets(group)) offsets.set(group, offset)
  }
  return { partitions, groups: offsets }
}

async function entriesOf(
  client: LogClient,
  partition: number,
  from: number,
  to: number,
): Promise<Entry[]> {
  const entries: Entry[] = []
  let offset = from
  while (offset < to) {
    const before = offset
    const records = await rawRecords(client, partition, offset)
    for (const { header, bytes } of batchesIn(records)) {
      verifyBatch(bytes)
      if (header.lastOffset < offset) continue
      const { producerId, producerEpoch, isTransactional } = header
      const common = { producerId, producerEpoch, isTransactional }
      if (header.isControl) {
        const kind = readEndMarker(bytes)?.end ?? 'abort'
        entries.push({ offset: header.baseOffset, kind, value: '', ...common })
      } else {
        for (const record of decodeRecords(bytes)) {
          entries.push({
            offset: record.offset,
            kind: 'record',
            value: String(record.value),
            ...common,
          })
        }
      }
      offset = header.nextOffset
    }
    if (offset === before) throw new Error(`Nothing is at offset ${offset} of ${partition}.`)
  }
  return entries
}

async function rawRecords(client: LogClient, partition: number, offset: number): Promise<Buffer> {
  return client.cluster.atLeader(topic, partition, async (leader) => {
    const partitions = [{ partition, fetchOffset: offset, partitionMaxBytes: maxBytes }]
    const answer = await leader.request(fetch, { maxBytes, topics: [{ topic, partitions }] })
    const found = answer.responses[0]?.partitions[0]
    if (found === undefined || found.errorCode !== 0) {
      throw new KafkaError(found?.errorCode ?? -1, `topic ${topic}, partition ${partition}`)
    }
    return found.records ?? Buffer.alloc(0)
  })
}

async function committedOf(client: LogClient, partition: number, from: number, to: number) {
  const fetcher = new Fetcher(client, { isolation: 'read_committed', maxWaitMs: 100 })
  fetcher.assign([{ topic, partition, offset: from }])
  const committed: { offset: number; value: string }[] = []
  while (fetcher.position(topic, partition) < to) {
    for (const { startOffset, batches } of await fetcher.poll()) {
      for (const { offset, value } of batches.flatMap((batch) => decodeRecords(batch))) {
        if (offset >= startOffset) committed.push({ offset, value: String(value) })
      }
    }
  }
  fetcher.close()
  return committed
}
