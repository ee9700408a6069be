import { KafkaError } from '../../errors.js'
import { TopicPattern } from '../pattern/topic-pattern.js'
import { assignorNamed, assignors } from './assignors/index.js'
import { awayEpoch, joiningEpoch } from './consumer-member.js'
import type { TopicPartitions } from './partitions.js'

/** A heartbeat of the newer protocol. What is null is as it was in the one before. */
export interface Beat {
  group: string
  /** May be empty for a new member of an older client; it is given one then. */
  memberId: string
  /** 0 to join, -1 to leave, -2 to be away for a while. */
  memberEpoch: number
  instanceId: string | null
  rackId: string | null
  clientId: string
  clientHost: string
  /** -1 where it is as it was. */
  rebalanceTimeoutMs: number
  subscribedTopicNames: readonly string[] | null
  subscribedTopicRegex: string | null
  serverAssignor: string | null
  /** What it reads. */
  topicPartitions: readonly TopicPartitions[] | null
  /** Whether its version leaves it to the member to choose its id. */
  choosesId: boolean
}

/** Throws INVALID_REQUEST, UNSUPPORTED_ASSIGNOR, INVALID_REGULAR_EXPRESSION. */
export function checkBeat(beat: Beat): void {
  const { memberEpoch } = beat
  if (beat.memberId === '' && (beat.choosesId || memberEpoch !== joiningEpoch)) {
    throw invalid(beat, 'The member has no id.')
  }
  for (const each of ['group', 'instanceId', 'rackId'] as const) {
    if (beat[each] === '') throw invalid(beat, `${each} is empty.`)
  }
  if (memberEpoch < awayEpoch) throw invalid(beat, `There is no epoch ${memberEpoch}.`)
  if (memberEpoch === awayEpoch && beat.instanceId === null) {
    throw invalid(beat, 'Only a member with an instance id can be away.')
  }
  if (memberEpoch === joiningEpoch) checkJoin(beat)
  checkWishes(beat)
}

function checkJoin(beat: Beat): void {
  if (beat.rebalanceTimeoutMs < 0) throw invalid(beat, 'It does not say how long it may take.')
  if (beat.topicPartitions === null || beat.topicPartitions.length > 0) {
    throw invalid(beat, 'Who joins has no partitions, and must say so.')
  }
  if (beat.subscribedTopicNames === null && beat.subscribedTopicRegex === null) {
    throw invalid(beat, 'It does not say what it wants to read.')
  }
}

function checkWishes({ group, serverAssignor, subscribedTopicRegex }: Beat): void {
  if (serverAssignor !== null && assignorNamed(serverAssignor) === undefined) {
    const known = assignors.map(({ name }) => name).join(', ')
    const detail = `There is none called "${serverAssignor}", but ${known}.`
    throw new KafkaError('UNSUPPORTED_ASSIGNOR', `group ${group}`, { detail })
  }
  if (subscribedTopicRegex !== null && subscribedTopicRegex !== '') {
    new TopicPattern(subscribedTopicRegex)
  }
}

function invalid({ group }: Beat, detail: string): KafkaError {
  return new KafkaError('INVALID_REQUEST', `group ${group}`, { detail })
}
