import { type Random, SimulatedClock, SimulatedDisk, seededRandom } from '@millrace/host'
import { KafkaError } from '../src/errors.js'
import { MemberIdRequired } from '../src/groups/classic-protocol.js'
import type { GroupTopic, GroupTopics } from '../src/groups/consumer/group-topics.js'
import { GroupCoordinator } from '../src/groups/group-coordinator.js'
import { GroupStore } from '../src/groups/group-store.js'
import type { Joined } from '../src/groups/member.js'
import {
  consumerProtocolType,
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
} from '../src/protocol/embedded-protocol.js'
import { PartitionLog } from '../src/storage/partition-log.js'

export const group = 'readers'
export const sessionTimeoutMs = 10_000

/** A partition, as text. */
export type Place = string

/** Topics that a test changes. */
export class ModelTopics implements GroupTopics {
  revision = 0
  readonly #topics = new Map<string, GroupTopic>()
  #made = 0

  set(name: string, partitions: number): void {
    const id = this.#topics.get(name)?.id ?? this.#newId()
    this.#topics.set(name, { id, name, partitions })
    this.revision++
  }

  delete(name: string): void {
    this.#topics.delete(name)
    this.revision++
  }

  get(name: string): GroupTopic | undefined {
    return this.#topics.get(name)
  }

  byId(id: string): GroupTopic | undefined {
    return [...this.#topics.values()].find((each) => each.id === id)
  }

  names(): string[] {
    return [...this.#topics.keys()]
  }

  places(): Place[] {
    return [...this.#topics.values()].flatMap(({ id, partitions }) =>
      Array.from({ length: partitions }, (_, each) => `${id}/${each}`),
    )
  }

  #newId(): string {
    return `00000000-0000-4000-8000-${String(++this.#made).padStart(12, '0')}`
  }
}

/** A coordinator that may be killed and started again, on a clock that stands still. */
export class ModelBroker {
  readonly clock = new SimulatedClock(1_000_000)
  readonly topics = new ModelTopics()
  readonly random: Random
  readonly #disk = new SimulatedDisk()
  #groups: GroupCoordinator | undefined
  #starts = 0

  constructor(seed: number) {
    this.random = seededRandom(seed)
  }

  get groups(): GroupCoordinator {
    if (this.#groups === undefined) throw new Error('The broker was not started.')
    return this.#groups
  }

  /** Grows with each start: what was asked of a former one is never answered. */
  get starts(): number {
    return this.#starts
  }

  async start(): Promise<void> {
    const { clock, topics } = this
    const name = '__consumer_offsets-0'
    const log = await PartitionLog.open({ disk: this.#disk, directory: `/data/${name}`, name })
    const store = new GroupStore({ clock, log, makeLog: async () => log })
    const random = seededRandom(this.random.below(1_000_000))
    this.#groups = new GroupCoordinator({ clock, random, store, topics })
    this.#starts++
  }

  /** Stops as a killed process does; timers must not fire on what it was. */
  async kill(): Promise<void> {
    await this.#groups?.close()
    await this.start()
  }
}

export async function settle(): Promise<void> {
  for (let turn = 0; turn < 30; turn++) await Promise.resolve()
}

/** A client, as far as its group is concerned. */
export interface Actor {
  readonly name: string
  /** What it reads at this moment. */
  readonly owned: ReadonlySet<Place>
  /** Whether it was not left out since it began to read what it reads. */
  readonly isMember: boolean
  /** One thing that it does; what it waits for it looks for at the next step. */
  step(): Promise<void>
  /** NONE, or why it was refused. `epoch` where it is not the one that it has come to. */
  commit(place: Place, epoch?: number): Promise<string>
  /** What it gave back, and the epoch that it was in then. */
  readonly givenBack: ReadonlyMap<Place, number>
  leave(): Promise<void>
}

/** What a client is told when it is no member any more. */
const leftOut = new Set([
  'FENCED_MEMBER_EPOCH',
  'UNKNOWN_MEMBER_ID',
  'GROUP_ID_NOT_FOUND',
  'ILLEGAL_GENERATION',
  'STALE_MEMBER_EPOCH',
  'FENCED_INSTANCE_ID',
])

abstract class AnyActor {
  readonly owned = new Set<Place>()
  readonly givenBack = new Map<Place, number>()
  readonly broker: ModelBroker
  readonly name: string
  readonly topic: string
  memberId: string

  constructor(broker: ModelBroker, name: string, topic: string) {
    this.broker = broker
    this.name = name
    this.topic = topic
    this.memberId = name
  }

  abstract get epoch(): number

  get isMember(): boolean {
    return this.epoch > 0
  }

  async commit(place: Place, epoch = this.epoch): Promise<string> {
    const [topicId = '', partition] = place.split('/')
    const topic = this.broker.topics.byId(topicId)?.name ?? ''
    const caller = {
      group,
      memberId: this.memberId,
      generation: epoch,
      groupInstanceId: null,
    }
    const offset = { topic, topicId, partition: Number(partition), offset: 1 }
    const offsets = [{ ...offset, leaderEpoch: 0, metadata: '' }]
    const kind = { inTransaction: false, knowsEpochs: true }
    try {
      const [refusal] = await this.broker.groups.commit(caller, offsets, kind)
      return refusal?.codeName ?? 'NONE'
    } catch (cause) {
      if (cause instanceof KafkaError) return cause.codeName
      throw cause
    }
  }
}

/** A client of the newer protocol. Its answers may get lost, and it gives back at its leisure. */
export class NewerActor extends AnyActor implements Actor {
  epoch = 0
  /** What it is to come to; undefined while it was told nothing new. */
  #assignment: Set<Place> | undefined
  readonly #pattern: string | null

  constructor(broker: ModelBroker, name: string, topic: string, pattern: string | null = null) {
    super(broker, name, topic)
    this.#pattern = pattern
  }

  async step(): Promise<void> {
    const { random, groups } = this.broker
    this.#comeTo(random.below(2) === 0)
    const isJoining = this.epoch === 0
    const isFull = isJoining || random.below(3) === 0
    const isLost = random.below(8) === 0
    try {
      const answer = await groups.consumerHeartbeat({
        group,
        memberId: this.memberId,
        memberEpoch: this.epoch,
        instanceId: null,
        rackId: null,
        clientId: 'model',
        clientHost: '/127.0.0.1',
        rebalanceTimeoutMs: isFull ? 8_000 : -1,
        subscribedTopicNames: isFull && this.#pattern === null ? [this.topic] : null,
        subscribedTopicRegex: isFull ? this.#pattern : null,
        serverAssignor: null,
        topicPartitions: listed(isJoining ? [] : this.owned),
        choosesId: true,
      })
      if (isLost) return
      this.epoch = answer.memberEpoch
      if (answer.assignment !== null) {
        this.#assignment = new Set(
          answer.assignment.topicPartitions.flatMap(({ topicId, partitions }) =>
            partitions.map((each) => `${topicId}/${each}`),
          ),
        )
      }
    } catch (cause) {
      if (!(cause instanceof KafkaError)) throw cause
      if (!leftOut.has(cause.codeName)) throw cause
      this.owned.clear()
      this.#assignment = undefined
      this.epoch = 0
    }
  }

  async leave(): Promise<void> {
    this.owned.clear()
    const beat = { memberId: this.memberId, memberEpoch: -1, rebalanceTimeoutMs: -1 }
    const nothing = {
      instanceId: null,
      rackId: null,
      subscribedTopicNames: null,
      subscribedTopicRegex: null,
      serverAssignor: null,
      topicPartitions: null,
    }
    const client = { clientId: 'model', clientHost: '/127.0.0.1', choosesId: true }
    await ignoring(this.broker.groups.consumerHeartbeat({ group, ...beat, ...nothing, ...client }))
    this.epoch = 0
  }

  /** Gives back what it is not to have, and begins to read the rest at the step behind that. */
  #comeTo(isReady: boolean): void {
    if (this.#assignment === undefined || !isReady) return
    const extra = [...this.owned].filter((each) => !this.#assignment?.has(each))
    for (const each of extra) {
      this.owned.delete(each)
      this.givenBack.set(each, this.epoch)
    }
    if (extra.length > 0) return
    for (const each of this.#assignment) {
      this.owned.add(each)
      this.givenBack.delete(each)
    }
    this.#assignment = undefined
  }
}

/** A client of the classic protocol; `isCooperative` keeps what it has while it joins again. */
export class ClassicActor extends AnyActor implements Actor {
  epoch = 0
  #waiting: { starts: number; isOver: boolean; follow: () => void } | undefined
  #phase: 'joining' | 'syncing' | 'member' = 'joining'
  #joined: Joined | undefined
  readonly #isCooperative: boolean

  constructor(broker: ModelBroker, name: string, topic: string, isCooperative: boolean) {
    super(broker, name, topic)
    this.memberId = ''
    this.#isCooperative = isCooperative
  }

  async step(): Promise<void> {
    const waiting = this.#waiting
    if (waiting !== undefined) {
      if (waiting.starts !== this.broker.starts) this.#waiting = undefined
      else if (!waiting.isOver) return
    }
    this.#waiting = undefined
    waiting?.follow()
    if (this.#phase === 'joining') this.#join()
    else if (this.#phase === 'syncing') this.#sync()
    else this.#beat()
    await settle()
  }

  async leave(): Promise<void> {
    this.owned.clear()
    const leavers = [{ memberId: this.memberId, groupInstanceId: null }]
    if (this.memberId !== '') this.broker.groups.leave(group, leavers)
    this.epoch = 0
  }

  #join(): void {
    if (!this.#isCooperative) this.owned.clear()
    const request = {
      group,
      memberId: this.memberId,
      groupInstanceId: null,
      clientId: this.name,
      clientHost: '/127.0.0.1',
      sessionTimeoutMs,
      rebalanceTimeoutMs: 8_000,
      protocolType: consumerProtocolType,
      protocols: [{ name: 'both', metadata: this.#subscription() }],
      idFirst: true,
      maySkipAssignment: true,
    }
    this.#wait(this.broker.groups.join(request), (joined) => {
      this.#joined = joined
      this.memberId = joined.memberId
      this.#phase = 'syncing'
    })
  }

  #sync(): void {
    const joined = this.#joined
    if (joined === undefined) throw new Error('A sync before a join.')
    const isLeader = joined.leader === joined.memberId
    const request = {
      group,
      memberId: joined.memberId,
      groupInstanceId: null,
      generation: joined.generation,
      protocolType: consumerProtocolType,
      protocol: 'both',
      assignments: isLeader ? this.#assign(joined) : new Map<string, Buffer>(),
    }
    this.#wait(this.broker.groups.sync(request), ({ assignment }) => {
      this.epoch = joined.generation
      const assigned = decodeAssignment(assignment).assignedPartitions.flatMap(
        ({ topic, partitions }) => {
          const id = this.broker.topics.get(topic)?.id
          return id === undefined ? [] : partitions.map((each) => `${id}/${each}`)
        },
      )
      const givenBack = [...this.owned].filter((each) => !assigned.includes(each))
      this.owned.clear()
      for (const each of assigned) this.owned.add(each)
      // Others can be given what it gave back only when it says so, by joining again.
      this.#phase = givenBack.length > 0 && this.#isCooperative ? 'joining' : 'member'
    })
  }

  #beat(): void {
    const caller = {
      group,
      memberId: this.memberId,
      generation: this.epoch,
      groupInstanceId: null,
    }
    try {
      this.broker.groups.heartbeat(caller)
    } catch (cause) {
      this.#failed(cause)
    }
  }

  #wait<Answer>(asked: Promise<Answer>, then: (answer: Answer) => void): void {
    const waiting = { starts: this.broker.starts, isOver: false, follow: () => {} }
    this.#waiting = waiting
    asked.then(
      (answer) => {
        waiting.isOver = true
        waiting.follow = () => then(answer)
      },
      (cause) => {
        waiting.isOver = true
        waiting.follow = () => this.#failed(cause)
      },
    )
  }

  #failed(cause: unknown): void {
    if (!(cause instanceof KafkaError)) throw cause
    this.#phase = 'joining'
    if (cause instanceof MemberIdRequired) this.memberId = cause.memberId
    else if (cause.codeName === 'REBALANCE_IN_PROGRESS') return
    else if (cause.codeName === 'COORDINATOR_NOT_AVAILABLE') return
    else if (leftOut.has(cause.codeName)) {
      this.owned.clear()
      this.epoch = 0
      if (cause.codeName !== 'ILLEGAL_GENERATION') this.memberId = ''
    } else throw cause
  }

  #subscription(): Buffer {
    const text = (value: string) => {
      const length = Buffer.alloc(2)
      length.writeInt16BE(value.length)
      return Buffer.concat([length, Buffer.from(value)])
    }
    const int32 = (value: number) => {
      const bytes = Buffer.alloc(4)
      bytes.writeInt32BE(value)
      return bytes
    }
    const owned = named(this.owned, this.broker.topics)
    return Buffer.concat([
      Buffer.from([0, 1]),
      int32(1),
      text(this.topic),
      int32(-1),
      int32(owned.length),
      ...owned.flatMap(({ topic, partitions }) => [
        text(topic),
        int32(partitions.length),
        ...partitions.map(int32),
      ]),
    ])
  }

  /** What a leader decides: everybody keeps what it has; what is free goes round. */
  #assign({ members }: Joined): Map<string, Buffer> {
    const { topics } = this.broker
    const subscriptions = members.map(({ memberId, metadata }) => ({
      memberId,
      said: decodeSubscription(metadata),
      given: new Set<Place>(),
    }))
    const owners = new Map<Place, string>()
    for (const { memberId, said } of subscriptions) {
      for (const { topic, partitions } of said.ownedPartitions) {
        const id = topics.get(topic)?.id
        for (const each of partitions) owners.set(`${id}/${each}`, memberId)
      }
    }
    for (const name of new Set(subscriptions.flatMap(({ said }) => said.topics))) {
      const topic = topics.get(name)
      const readers = subscriptions.filter(({ said }) => said.topics.includes(name))
      for (let each = 0; each < (topic?.partitions ?? 0); each++) {
        const reader = readers[each % readers.length]
        const place = `${topic?.id}/${each}`
        const owner = owners.get(place)
        // Cooperative: what another has is given back first, and shared out in the next round.
        if (owner === undefined || owner === reader?.memberId) reader?.given.add(place)
      }
    }
    return new Map(
      subscriptions.map(({ memberId, given }) => [
        memberId,
        encodeAssignment(named(given, topics), 1),
      ]),
    )
  }
}

function listed(places: Iterable<Place>): { topicId: string; partitions: number[] }[] {
  const byTopic = new Map<string, number[]>()
  for (const place of places) {
    const [topicId = '', partition] = place.split('/')
    byTopic.set(topicId, [...(byTopic.get(topicId) ?? []), Number(partition)])
  }
  return [...byTopic].map(([topicId, partitions]) => ({ topicId, partitions }))
}

function named(places: Iterable<Place>, topics: ModelTopics) {
  return listed(places).flatMap(({ topicId, partitions }) => {
    const topic = topics.byId(topicId)?.name
    return topic === undefined ? [] : [{ topic, partitions }]
  })
}

async function ignoring(asked: Promise<unknown>): Promise<void> {
  try {
    await asked
  } catch (cause) {
    if (!(cause instanceof KafkaError)) throw cause
  }
}
