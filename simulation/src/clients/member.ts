import { Fetcher, KafkaError, type LogClient } from '@millrace/log'
import { heartbeat, joinGroup, leaveGroup, offsetCommit, syncGroup } from '@millrace/log/protocol'
import type { MemberStep } from '../plan.js'
import { topic } from '../world.js'
import { ClientMachine } from './client-machine.js'

export const group = 'members'

const sessionTimeoutMs = 2_000
const rebalanceTimeoutMs = 3_000
const maxWaitMs = 100
const protocolType = 'consumer'
const protocolName = 'by-turns'

/** What a member is told when it has to join again. */
const leftOut: ReadonlySet<string> = new Set([
  'REBALANCE_IN_PROGRESS',
  'ILLEGAL_GENERATION',
  'UNKNOWN_MEMBER_ID',
])

interface Membership {
  memberId: string
  generation: number
  partitions: readonly number[]
}

/** A member of a group in the classic protocol: it reads what it is assigned, and commits. */
export class Member extends ClientMachine<MemberStep> {
  protected async begin(client: LogClient) {
    const fetcher = new Fetcher(client, { maxWaitMs })
    let memberId = ''
    let membership: Membership | undefined
    /** Joins, reads and commits once; what it is left out of it joins again at the next call. */
    const turn = async () => {
      try {
        membership ??= await this.#join(client, memberId)
        memberId = membership.memberId
        if (fetcher.position(topic, membership.partitions[0] ?? -1) < 0) {
          await this.#begin(client, fetcher, membership)
        }
        await fetcher.poll()
        await this.#commit(client, fetcher, membership)
        await this.#beat(client, membership)
      } catch (cause) {
        if (!(cause instanceof KafkaError)) throw cause
        this.world.trace.note(`${this.name}: ${cause.codeName}`)
        if (cause instanceof IdGiven) memberId = cause.memberId
        else if (cause.codeName === 'UNKNOWN_MEMBER_ID') memberId = ''
        else if (!leftOut.has(cause.codeName) && !cause.retriable) throw cause
        membership = undefined
        fetcher.assign([])
      }
    }
    return {
      step: async ({ turns, leaves }: MemberStep) => {
        for (let at = 0; at < turns; at++) await turn()
        if (!leaves || membership === undefined) return
        await this.#leave(client, membership)
        membership = undefined
        memberId = ''
        fetcher.assign([])
      },
      prove: async () => {
        const { partitions } = this.world.plan.settings
        const ends: number[] = []
        for (let at = 0; at < partitions; at++) {
          ends.push(await client.listOffsets(topic, at, 'latest', 'read_uncommitted'))
        }
        for (let isThrough = false; !isThrough; ) {
          await turn()
          const committed = new Map<number, number>()
          for (const each of await client.committedOffsets(group)) {
            committed.set(each.partition, each.offset)
          }
          isThrough = ends.every((end, at) => end === 0 || (committed.get(at) ?? 0) >= end)
        }
        if (membership !== undefined) await this.#leave(client, membership)
        fetcher.close()
      },
    }
  }

  async #join(client: LogClient, memberId: string): Promise<Membership> {
    const { ledger, plan } = this.world
    const { powerCuts } = ledger
    const coordinator = await client.cluster.coordinator('group', group)
    const joined = await coordinator.request(joinGroup, {
      groupId: group,
      sessionTimeoutMs,
      rebalanceTimeoutMs,
      memberId,
      protocolType,
      protocols: [{ name: protocolName, metadata: Buffer.from(this.name) }],
    })
    const { errorCode, members, generationId: generation } = joined
    const own = joined.memberId
    if (errorCode !== 0 && memberId === '' && own !== '') throw new IdGiven(errorCode, own)
    check(errorCode, 'join')
    const shares = new Map(members.map((each) => [each.memberId, [] as number[]]))
    for (let at = 0; at < plan.settings.partitions && members.length > 0; at++) {
      shares.get(members[at % members.length]?.memberId ?? '')?.push(at)
    }
    const synced = await coordinator.request(syncGroup, {
      groupId: group,
      generationId: generation,
      memberId: own,
      protocolType,
      protocolName,
      assignments: [...shares].map(([each, partitions]) => ({
        memberId: each,
        assignment: Buffer.from(JSON.stringify(partitions)),
      })),
    })
    check(synced.errorCode, 'sync')
    const partitions = JSON.parse(String(synced.assignment) || '[]') as number[]
    this.world.trace.note(`${this.name} has ${partitions} in generation ${generation}`)
    ledger.count('groups joined')
    if (ledger.powerCuts === powerCuts) ledger.assigned(generation, own, partitions)
    return { memberId: own, generation, partitions }
  }

  /** Reads on where the group has committed. */
  async #begin(client: LogClient, fetcher: Fetcher, { partitions }: Membership): Promise<void> {
    const { ledger } = this.world
    const { powerCuts } = ledger
    const offsets = new Map<number, number>()
    for (const { partition, offset } of await client.committedOffsets(group)) {
      offsets.set(partition, offset)
    }
    const positions: { topic: string; partition: number; offset: number }[] = []
    for (const partition of partitions) {
      const committed = offsets.get(partition) ?? 0
      if (ledger.powerCuts === powerCuts) ledger.resumed(partition, committed)
      // After a power cut without syncs the log may be shorter than what was read of it.
      const end = await client.listOffsets(topic, partition, 'latest')
      positions.push({ topic, partition, offset: Math.min(committed, end) })
    }
    fetcher.assign(positions)
  }

  async #commit(client: LogClient, fetcher: Fetcher, membership: Membership): Promise<void> {
    const { ledger } = this.world
    const { powerCuts } = ledger
    const { memberId, generation, partitions } = membership
    const offsets = partitions.map((each) => [each, fetcher.position(topic, each)] as const)
    if (offsets.length === 0) return
    const coordinator = await client.cluster.coordinator('group', group)
    const answer = await coordinator.request(offsetCommit, {
      groupId: group,
      generationIdOrMemberEpoch: generation,
      memberId,
      topics: [
        {
          name: topic,
          partitions: offsets.map(([partitionIndex, committedOffset]) => ({
            partitionIndex,
            committedOffset,
            committedMetadata: '',
          })),
        },
      ],
    })
    for (const each of answer.topics[0]?.partitions ?? []) check(each.errorCode, 'commit')
    ledger.count('offsets committed')
    if (ledger.powerCuts !== powerCuts) return
    for (const [partition, offset] of offsets) ledger.offsetKept(partition, offset)
  }

  async #beat(client: LogClient, { memberId, generation }: Membership): Promise<void> {
    const coordinator = await client.cluster.coordinator('group', group)
    const beat = { groupId: group, generationId: generation, memberId }
    check((await coordinator.request(heartbeat, beat)).errorCode, 'heartbeat')
  }

  async #leave(client: LogClient, { memberId }: Membership): Promise<void> {
    try {
      const coordinator = await client.cluster.coordinator('group', group)
      await coordinator.request(leaveGroup, { groupId: group, memberId, members: [{ memberId }] })
    } catch (cause) {
      // The group notices by itself.
      if (!(cause instanceof KafkaError)) throw cause
    }
  }
}

/** The group gave an id to come back with. */
class IdGiven extends KafkaError {
  readonly memberId: string

  constructor(errorCode: number, memberId: string) {
    super(errorCode, `group ${group}`)
    this.memberId = memberId
  }
}

function check(errorCode: number, what: string): void {
  if (errorCode !== 0) throw new KafkaError(errorCode, `group ${group}, ${what}`)
}
