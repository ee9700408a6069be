import { KafkaError } from '../errors.js'
import { type Joined, type Member, metadataFor } from './member.js'

/** Who is in a classic group, and what they agreed on. An instance id has one member. */
export class Roster {
  readonly name: string
  readonly members = new Map<string, Member>()
  generation = 0
  /** Empty for a group that never had members. */
  protocolType = ''
  protocol: string | null = null
  leader: string | null = null

  constructor(name: string) {
    this.name = name
  }

  /** The longest time that any member may take to join again. */
  get rebalanceTimeoutMs(): number {
    return Math.max(0, ...[...this.members.values()].map((each) => each.rebalanceTimeoutMs))
  }

  /** The member that has an instance id. */
  instance(groupInstanceId: string): Member | undefined {
    for (const member of this.members.values()) {
      if (member.groupInstanceId === groupInstanceId) return member
    }
    return undefined
  }

  /** The member that speaks. Throws UNKNOWN_MEMBER_ID, FENCED_INSTANCE_ID. */
  member(memberId: string, groupInstanceId: string | null): Member {
    if (groupInstanceId !== null) {
      const holder = this.instance(groupInstanceId)
      if (holder === undefined) throw unknownMember(this.name)
      // Who was replaced is to end, and not to come back as a new one.
      if (holder.memberId !== memberId) {
        throw new KafkaError('FENCED_INSTANCE_ID', `group ${this.name}`)
      }
    }
    const member = this.members.get(memberId)
    if (member === undefined) throw unknownMember(this.name)
    return member
  }

  /** Throws ILLEGAL_GENERATION. */
  checkGeneration(generation: number): void {
    if (generation === this.generation) return
    const detail = `It is in generation ${this.generation}, the member in ${generation}.`
    throw new KafkaError('ILLEGAL_GENERATION', `group ${this.name}`, { detail })
  }

  /** What a member is told when its generation has begun. */
  joined(member: Member, skipAssignment = false): Joined {
    const { leader, protocol } = this
    const members =
      member.memberId !== leader
        ? []
        : [...this.members.values()].map((each) => ({
            memberId: each.memberId,
            groupInstanceId: each.groupInstanceId,
            metadata: metadataFor(each, protocol),
          }))
    return {
      generation: this.generation,
      protocolType: this.protocolType,
      protocol: protocol ?? '',
      leader: leader ?? '',
      memberId: member.memberId,
      skipAssignment: skipAssignment && member.memberId === leader,
      members,
    }
  }
}

export function unknownMember(group: string): KafkaError {
  return new KafkaError('UNKNOWN_MEMBER_ID', `group ${group}`)
}
