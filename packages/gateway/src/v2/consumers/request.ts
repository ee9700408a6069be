/** Bodies of requests to a consumer instance. Each throws a `GatewayError`, 422. */
import { asMoment, parseRfc3339 } from '@millrace/event'
import type { GroupPartition, OffsetToCommit } from '@millrace/log'
import { gatewayErrors } from '../../errors.js'
import { patternSubscription, type Subscription } from './subscription.js'

type Fields = Record<string, unknown>

export function readSubscription(body: unknown): Subscription {
  const { topics, topic_pattern: pattern } = object(body)
  if (topics !== undefined && topics !== null) {
    if (!Array.isArray(topics) || topics.some((topic) => typeof topic !== 'string')) {
      throw gatewayErrors.invalidRequest('topics is a list of names.')
    }
    return { topics: [...new Set(topics as string[])] }
  }
  if (typeof pattern !== 'string') {
    throw gatewayErrors.invalidRequest('The body names topics, or a topic_pattern.')
  }
  return patternSubscription(pattern)
}

export function readPartitions(body: unknown): GroupPartition[] {
  return entries(body, 'partitions').map(partitionOf)
}

/** The REST proxy's clients name the offset of the last record that they have processed. */
export function readCommit(body: unknown): OffsetToCommit[] | undefined {
  if (body === undefined || body === null) return undefined
  const given = object(body)
  if (given.offsets === undefined || given.offsets === null) return undefined
  return entries(body, 'offsets').map((entry) => {
    const { metadata } = entry
    return {
      ...partitionOf(entry),
      offset: whole(entry, 'offset') + 1,
      ...(typeof metadata === 'string' && { metadata }),
    }
  })
}

/** Where to seek: offsets, and times (RFC 3339 in the REST proxy, milliseconds are taken too). */
export function readSeek(body: unknown): {
  offsets: (GroupPartition & { to: number })[]
  times: (GroupPartition & { timeMs: number })[]
} {
  const given = object(body)
  const optional = (name: string) => (given[name] == null ? [] : entries(body, name))
  return {
    offsets: optional('offsets').map((entry) => {
      return { ...partitionOf(entry), to: whole(entry, 'offset') }
    }),
    times: optional('timestamps').map((entry) => {
      return { ...partitionOf(entry), timeMs: timeOf(entry.timestamp) }
    }),
  }
}

function timeOf(value: unknown): number {
  if (typeof value === 'number' && value >= 0 && asMoment(value)) return Math.floor(value)
  const micros = typeof value === 'string' ? parseRfc3339(value) : undefined
  if (micros === undefined) throw gatewayErrors.invalidRequest('timestamp is a time (RFC 3339).')
  return Math.floor(micros / 1000)
}

function partitionOf(entry: Fields): GroupPartition {
  const { topic } = entry
  if (typeof topic !== 'string' || topic === '') {
    throw gatewayErrors.invalidRequest('topic is the name of a topic.')
  }
  const partition = whole(entry, 'partition')
  if (partition > 0x7fffffff) throw gatewayErrors.invalidRequest('partition is too large.')
  return { topic, partition }
}

function entries(body: unknown, name: string): Fields[] {
  const list = object(body)[name]
  if (Array.isArray(list)) return list.map(object)
  throw gatewayErrors.invalidRequest(`${name} is a list.`)
}

function whole(entry: Fields, name: string): number {
  const value = entry[name]
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
  throw gatewayErrors.invalidRequest(`${name} is a whole number from 0.`)
}

function object(value: unknown): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields
  throw gatewayErrors.invalidRequest('A JSON object is expected.')
}
