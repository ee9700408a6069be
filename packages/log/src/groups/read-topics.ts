import { ProtocolError } from '../errors.js'
import { consumerProtocolType, decodeSubscription } from '../protocol/embedded-protocol.js'
import { type Member, metadataFor } from './member.js'

/**
 * The topics that the members of a classic group read; undefined where that cannot be known:
 * they are no consumers, or say it in bytes of their own.
 */
export function readTopics(group: {
  protocolType: string
  protocol: string | null
  members: ReadonlyMap<string, Member>
}): ReadonlySet<string> | undefined {
  const { protocolType, protocol, members } = group
  if (protocolType !== consumerProtocolType) return undefined
  if (members.size === 0) return new Set()
  if (protocol === null) return undefined
  try {
    const topics = [...members.values()].flatMap(
      (each) => decodeSubscription(metadataFor(each, protocol)).topics,
    )
    return new Set(topics)
  } catch (cause) {
    if (cause instanceof ProtocolError) return undefined
    throw cause
  }
}
