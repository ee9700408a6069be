import { KafkaError, ProtocolError } from '../errors.js'
import {
  memberHeartbeatMs,
  memberRebalanceMsMax,
  memberSessionMsMax,
  memberTopicsAgeMsMax,
  requestTimeoutMs,
} from '../limits.js'
import { heartbeat, joinGroup, leaveGroup, syncGroup } from '../protocol/apis.js'
import {
  consumerProtocolType,
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
} from '../protocol/embedded-protocol.js'
import type { Lane } from './broker-connections.js'
import type { CommitMember } from './commit-offsets.js'
import type { Connection } from './connection.js'
import type { LogClient } from './log-client.js'
import { assignRanges, rangeAssignorName } from './range-assignor.js'
import { retryDelayMs } from './retry.js'

export interface GroupPartition {
  topic: string
  partition: number
}

type Topics = { name: string; partitions: number }[]

export interface GroupMemberOptions {
  group: string
  /** The topics that it reads, with their partitions. Asked again and again: there may be more. */
  topics: () => Promise<Topics>
  /** These are its partitions, until the next call or `onRevoked`. */
  onAssigned: (partitions: GroupPartition[]) => void
  /** The last moment to commit what was read of them; what it rejects with is not told. */
  onRevoked: () => Promise<void>
}

/** Codes after which a member asks for its place again; all others come from what it said. */
const rejoinCodes = new Set([
  'REBALANCE_IN_PROGRESS',
  'ILLEGAL_GENERATION',
  'UNKNOWN_MEMBER_ID',
  'MEMBER_ID_REQUIRED',
  'FENCED_INSTANCE_ID',
])

/**
 * A member of a consumer group (the classic protocol, partitions given out by range), on its own
 * connection. It joins, says that it is alive, joins again when others come or go or topics
 * change, and leaves when it is closed. Between `onRevoked` and `onAssigned` it has nothing.
 *
 * It never gives up: while the brokers are away it tries again, and `failure` says why.
 */
export class GroupMember {
  readonly #client: LogClient
  readonly #options: GroupMemberOptions
  readonly #lane: Lane
  readonly #stopping = new AbortController()
  #memberId = ''
  #generation = -1
  #failure: Error | undefined
  #failures = 0
  #running: Promise<void> = Promise.resolve()
  #settled: Promise<void> = Promise.resolve()
  #settle: () => void = () => {}

  constructor(client: LogClient, options: GroupMemberOptions) {
    this.#client = client
    this.#options = options
    this.#lane = client.cluster.newLane()
  }

  /** Begins to join, and goes on until it is closed. */
  start(): void {
    this.#unsettle()
    this.#running = this.#run()
  }

  /** As whom its offsets are to be committed. */
  get identity(): CommitMember {
    return { memberId: this.#memberId, generation: this.#generation }
  }

  /** Why it has no place in the group, where it was refused for good; undefined while all is well. */
  get failure(): Error | undefined {
    return this.#failure
  }

  /** Resolves when it has its partitions, or was refused. */
  get settled(): Promise<void> {
    return this.#settled
  }

  /** Leaves the group, so that the others need not wait for it. */
  async close(): Promise<void> {
    this.#stopping.abort()
    this.#settle()
    // Whoever waits for the group to come together is freed by the end of the connection.
    if (this.#generation < 0) this.#client.cluster.closeLane(this.#lane)
    await this.#running
    if (this.#memberId !== '') await this.#leave()
    this.#client.cluster.closeLane(this.#lane)
  }

  async #run(): Promise<void> {
    const { clock, random } = this.#client.cluster.host
    const { signal } = this.#stopping
    while (!signal.aborted) {
      try {
        const topics = await this.#options.topics()
        const partitions = await this.#join(topics)
        if (signal.aborted) return
        this.#failure = undefined
        this.#failures = 0
        this.#options.onAssigned(partitions)
        this.#settle()
        await this.#stayAlive(topics)
      } catch (cause) {
        if (signal.aborted) return
        await this.#lose(cause)
        this.#failures++
        if (isRejoin(cause) && this.#failures < 3) continue
        await clock.sleep(retryDelayMs(random, this.#failures), signal).catch(() => {})
      }
    }
  }

  /** Returns never, but rejects when it has to join again, or resolves when topics have changed. */
  async #stayAlive(topics: Topics): Promise<void> {
    const { clock } = this.#client.cluster.host
    const { signal } = this.#stopping
    const joinedFor = printed(topics)
    let lookedAt = clock.monotonic()
    for (;;) {
      await clock.sleep(memberHeartbeatMs, signal)
      const answer = await this.#ask((coordinator) =>
        coordinator.request(heartbeat, {
          groupId: this.#options.group,
          generationId: this.#generation,
          memberId: this.#memberId,
        }),
      )
      this.#check(answer.errorCode)
      if (clock.monotonic() - lookedAt < memberTopicsAgeMsMax) continue
      lookedAt = clock.monotonic()
      const now = await this.#options.topics().catch(() => undefined)
      if (now === undefined || printed(now) === joinedFor) continue
      await this.#revoke()
      return
    }
  }

  async #join(topics: Topics): Promise<GroupPartition[]> {
    const { group } = this.#options
    const metadata = encodeSubscription(topics.map(({ name }) => name))
    const ask = () =>
      this.#ask((coordinator) =>
        coordinator.request(
          joinGroup,
          {
            groupId: group,
            sessionTimeoutMs: memberSessionMsMax,
            rebalanceTimeoutMs: memberRebalanceMsMax,
            memberId: this.#memberId,
            protocolType: consumerProtocolType,
            protocols: [{ name: rangeAssignorName, metadata }],
          },
          { timeoutMs: memberRebalanceMsMax + requestTimeoutMs },
        ),
      )
    let joined = await ask()
    // A new member is first given its id, and comes back with it.
    const isIdRequired = new KafkaError(joined.errorCode, '').codeName === 'MEMBER_ID_REQUIRED'
    if (isIdRequired) {
      this.#memberId = joined.memberId
      joined = await ask()
    }
    this.#check(joined.errorCode)
    this.#memberId = joined.memberId
    this.#generation = joined.generationId
    const isLeader = joined.leader === joined.memberId
    const assignments = isLeader ? await this.#assign(joined.members) : []
    const synced = await this.#ask((coordinator) =>
      coordinator.request(
        syncGroup,
        {
          groupId: group,
          generationId: this.#generation,
          memberId: this.#memberId,
          protocolType: consumerProtocolType,
          protocolName: rangeAssignorName,
          assignments,
        },
        { timeoutMs: memberRebalanceMsMax + requestTimeoutMs },
      ),
    )
    this.#check(synced.errorCode)
    return decodeAssignment(synced.assignment).assignedPartitions.flatMap(({ topic, partitions }) =>
      partitions.map((partition) => ({ topic, partition })),
    )
  }

  async #assign(
    members: readonly { memberId: string; metadata: Buffer }[],
  ): Promise<{ memberId: string; assignment: Buffer }[]> {
    const subscribers = members.map(({ memberId, metadata }) => ({
      memberId,
      topics: decodeSubscription(metadata).topics,
    }))
    const names = [...new Set(subscribers.flatMap(({ topics }) => topics))]
    const found = names.length === 0 ? [] : await this.#client.topics(names)
    const counts = new Map(found.map(({ name, partitions }) => [name, partitions]))
    return [...assignRanges(subscribers, counts)].map(([memberId, assigned]) => ({
      memberId,
      assignment: encodeAssignment(assigned, 0),
    }))
  }

  /** What it had is others' now, or will be. */
  async #lose(cause: unknown): Promise<void> {
    const code = cause instanceof KafkaError ? cause.codeName : undefined
    await this.#revoke()
    if (code === 'UNKNOWN_MEMBER_ID' || code === 'FENCED_INSTANCE_ID') this.#memberId = ''
    if (isRejoin(cause) || (cause instanceof KafkaError && cause.retriable)) return
    this.#failure = cause instanceof Error ? cause : new Error(String(cause))
    this.#settle()
  }

  async #revoke(): Promise<void> {
    if (this.#generation < 0) return
    this.#unsettle()
    await this.#options.onRevoked().catch(() => {
      // Records that could not be committed are read again by whoever has them next.
    })
    this.#generation = -1
  }

  async #leave(): Promise<void> {
    const { group } = this.#options
    await this.#client.cluster
      .withCoordinator('group', group, requestTimeoutMs, (coordinator) =>
        coordinator.request(leaveGroup, {
          groupId: group,
          memberId: this.#memberId,
          members: [{ memberId: this.#memberId, reason: 'the consumer was closed' }],
        }),
      )
      .catch(() => {
        // The group takes it for dead a little later.
      })
  }

  #ask<T>(attempt: (coordinator: Connection) => Promise<T>): Promise<T> {
    const { cluster, timeoutMs } = this.#client
    const unlessClosed = (coordinator: Connection) => {
      this.#stopping.signal.throwIfAborted()
      return attempt(coordinator)
    }
    const { group } = this.#options
    return cluster.withCoordinator('group', group, timeoutMs, unlessClosed, this.#lane)
  }

  #check(errorCode: number): void {
    if (errorCode !== 0) throw new KafkaError(errorCode, `group ${this.#options.group}`)
  }

  #unsettle(): void {
    this.#settle()
    this.#settled = new Promise((resolve) => {
      this.#settle = resolve
    })
  }
}

function isRejoin(cause: unknown): boolean {
  if (cause instanceof ProtocolError) return false
  return cause instanceof KafkaError && rejoinCodes.has(cause.codeName)
}

function printed(topics: Topics): string {
  return topics
    .map(({ name, partitions }) => `${name} ${partitions}`)
    .sort()
    .join('\n')
}
