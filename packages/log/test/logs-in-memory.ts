import assert from 'node:assert/strict'
import { type DiskFile, SimulatedDisk } from '@millrace/host'
import { FetchSession } from '../src/broker/fetch/fetch-session.js'
import type { Topic } from '../src/broker/topics.js'
import { encodeBatch } from '../src/records/encode-batch.js'
import { PartitionLog } from '../src/storage/partition-log.js'

// Partitions of a topic `rides` on a simulated disk, for fetch sessions without a broker.

export const noTopicId = '00000000-0000-0000-0000-000000000000'

/** What a request says of partitions of the topic: the offset for each of them. */
export type Offsets = Record<number, number>

export function wishes(offsets: Offsets) {
  return Object.entries(offsets).map(([partition, fetchOffset]) => ({
    partition: Number(partition),
    fetchOffset,
    partitionMaxBytes: 1_000_000,
  }))
}

export function batch(text: string): Buffer {
  return encodeBatch([{ key: null, value: Buffer.from(text) }], { timestamp: 1000 })
}

/** Counts how often its files are read, and how many bytes. */
export class CountingDisk extends SimulatedDisk {
  reads = 0
  readBytes = 0

  override open(...args: Parameters<SimulatedDisk['open']>): DiskFile {
    const file = super.open(...args)
    const read = file.read.bind(file)
    file.read = (position, target) => {
      this.reads++
      this.readBytes += target.length
      return read(position, target)
    }
    return file
  }
}

/** Logs on a simulated disk, as a topic. */
export async function logsInMemory(partitions: number) {
  const disk = new CountingDisk()
  const logs: PartitionLog[] = []
  for (let index = 0; index < partitions; index++) {
    const name = `rides-${index}`
    logs.push(await PartitionLog.open({ disk, directory: `/data/${name}`, name }))
  }
  const topic: Topic = {
    description: { name: 'rides', id: noTopicId, partitions, configs: {} },
    internal: false,
    partitions: logs,
  }
  const topics = {
    get: (name: string) => (name === 'rides' ? topic : undefined),
    byId: () => topic,
  }
  const session = (isolation: 'read_uncommitted' | 'read_committed' = 'read_uncommitted') => {
    const made = new FetchSession({ topics, log: assert.fail }, false)
    const offsets = Object.fromEntries(logs.map((_, index) => [index, 0]))
    made.update(wanted(offsets), [], isolation)
    return made
  }
  return { logs, session, disk }
}

export function wanted(offsets: Offsets) {
  const partitions = wishes(offsets).map((wish) => ({
    ...wish,
    ...{ currentLeaderEpoch: -1, lastFetchedEpoch: -1, logStartOffset: -1 },
    ...{ replicaDirectoryId: noTopicId, highWatermark: Number.MAX_SAFE_INTEGER },
  }))
  return [{ topic: 'rides', topicId: noTopicId, partitions }]
}
