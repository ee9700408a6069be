import type { Random } from '@millrace/host'
import { jsonMessage, listOf, type Message, oneIn, oneOf } from '../message.js'
import { topicNames, topics } from '../topics.js'
import type { NextId } from './produce-v2.js'

/** CloudEvents: binary, structured, batch, and what a page sends while it is left. */
export function events(random: Random, nextId: NextId): Message {
  const path = oneOf(random, ['/events', '/events', '/events?async', '/events?dry-run'])
  const head = { door: 'events', to: 'gateway', method: 'POST', path } as const
  switch (random.below(4)) {
    case 0:
      return binary(head, random, nextId)
    case 1:
      return jsonMessage(head, 'application/cloudevents+json', event(random, nextId))
    case 2: {
      const batch = [event(random, nextId), ...listOf(random, 5, () => event(random, nextId))]
      return jsonMessage(head, 'application/cloudevents-batch+json', batch)
    }
    default: {
      const body = oneIn(random, 2) ? event(random, nextId) : [event(random, nextId)]
      return jsonMessage(
        head,
        oneOf(random, ['text/plain', 'text/plain;charset=UTF-8', 'application/json']),
        body,
      )
    }
  }
}

function event(random: Random, nextId: NextId): Record<string, unknown> {
  const { topic, id, value } = parts(random, nextId)
  return {
    ...{ specversion: '1.0', id, source: '/fuzz' },
    ...(oneIn(random, 3) ? { type: topic } : { type: 'fuzz.Thing', topic }),
    ...(oneIn(random, 3) && { time: '2026-01-04T12:30:00Z', subject: 's' }),
    ...(oneIn(random, 3) && { partitionkey: 'k', extension: 'x' }),
    ...(oneIn(random, 3) && { datacontenttype: 'application/json' }),
    ...(oneIn(random, 6) && ['plain', 'raw'].includes(topic)
      ? { data_base64: Buffer.from(id).toString('base64'), datacontenttype: 'image/png' }
      : { data: value }),
  }
}

function binary(
  head: Pick<Message, 'door' | 'to' | 'method' | 'path'>,
  random: Random,
  nextId: NextId,
): Message {
  const { topic, id, value } = parts(random, nextId)
  const headers: [string, string][] = [
    ...([
      ['ce-specversion', '1.0'],
      ['ce-id', id],
      ['ce-source', '/fuzz'],
      ['ce-type', topic],
    ] as [string, string][]),
    ['content-type', 'application/json'],
  ]
  if (oneIn(random, 3)) headers.push(['ce-partitionkey', 'k'], ['ce-subject', '%C3%A9 "x"'])
  return { ...head, headers, body: Buffer.from(JSON.stringify(value)) }
}

function parts(random: Random, nextId: NextId) {
  const topic = oneOf(random, topicNames)
  const id = nextId()
  return { topic, id, value: (topics[topic] as (typeof topics)[string]).value(random, id) }
}
