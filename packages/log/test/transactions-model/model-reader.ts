import { visibleBatches } from '../../src/client/visible-batches.js'
import { fetch, listOffsets, offsetFetch } from '../../src/protocol/apis.js'
import { batchesIn } from '../../src/records/batches-in.js'
import { decodeRecords } from '../../src/records/visit-records.js'
import type { Identity } from '../../src/transactions/transaction.js'
import { type ModelWorld, Peer, topic } from './model-world.js'

/** A record as a reader sees it. */
export interface Seen {
  offset: number
  value: string
}

/** A batch of records as it lies in the log. */
export interface Written extends Identity {
  baseOffset: number
  baseSequence: number
  values: string[]
}

/** Reads a partition, by read_committed, from its beginning on. */
export class ModelReader {
  readonly seen: Seen[] = []
  readonly #peer: Peer
  readonly #world: ModelWorld
  readonly #partition: number
  #position = 0

  constructor(world: ModelWorld, partition: number) {
    this.#world = world
    this.#peer = new Peer(world)
    this.#partition = partition
  }

  /** Reads what there is; gives whether there may be more. */
  async poll(bytesMax: number): Promise<boolean> {
    const part = await fetchFrom(this.#peer, this.#partition, this.#position, 1, bytesMax)
    if (part === undefined) return true
    const { batches, nextOffset } = visibleBatches(
      part.records ?? Buffer.alloc(0),
      this.#position,
      'read_committed',
      part.abortedTransactions ?? [],
      { verify: true },
    )
    for (const { offset, value } of batches.flatMap(decodeRecords)) {
      if (offset >= this.#position) this.seen.push({ offset, value: String(value) })
    }
    const isMore = nextOffset > this.#position
    this.#position = nextOffset
    return isMore
  }

  async follow(isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      await this.#world.sleep(1 + this.#world.random.below(300))
      await this.poll(200 + this.#world.random.below(2000))
    }
  }
}

/** All batches of records in a partition, whoever may see them. */
export async function written(world: ModelWorld, partition: number): Promise<Written[]> {
  const peer = new Peer(world)
  const all: Written[] = []
  let position = 0
  for (;;) {
    const part = await fetchFrom(peer, partition, position, 0, 100_000)
    if (part === undefined) continue
    const before = position
    for (const { header, bytes } of batchesIn(part.records ?? Buffer.alloc(0))) {
      position = header.nextOffset
      if (header.isControl) continue
      const { producerId, producerEpoch, baseOffset, baseSequence } = header
      const values = decodeRecords(bytes).map((each) => String(each.value))
      all.push({ producerId, producerEpoch, baseOffset, baseSequence, values })
    }
    if (position === before) return all
  }
}

/** Whether nothing holds back a reader any more. */
export async function isStable(world: ModelWorld, partition: number): Promise<boolean> {
  const peer = new Peer(world)
  const answer = await peer.ask(listOffsets, 6, {
    replicaId: -1,
    isolationLevel: 1,
    topics: [{ name: topic, partitions: [{ partitionIndex: partition, timestamp: -1 }] }],
  })
  return answer?.topics[0]?.partitions[0]?.offset === world.endOffsets()?.[partition]
}

/** The offset that a group has committed; -1 where there is none. */
export async function committedOffset(world: ModelWorld, groupId: string): Promise<number> {
  const answer = await new Peer(world).ask(offsetFetch, 8, {
    groups: [{ groupId, topics: null }],
    requireStable: true,
  })
  return answer?.groups[0]?.topics[0]?.partitions[0]?.committedOffset ?? -1
}

async function fetchFrom(
  peer: Peer,
  partition: number,
  fetchOffset: number,
  isolationLevel: number,
  partitionMaxBytes: number,
) {
  const answer = await peer.ask(fetch, 12, {
    maxWaitMs: 0,
    maxBytes: 1_000_000,
    isolationLevel,
    topics: [{ topic, partitions: [{ partition, fetchOffset, partitionMaxBytes }] }],
  })
  const part = answer?.responses[0]?.partitions[0]
  return part?.errorCode === 0 ? part : undefined
}
