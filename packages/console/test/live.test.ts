import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { type EventStream, LiveFeed } from '../src/api/live.js'
import { liveSilenceMsMax, reconnectDelayMsMax, reconnectDelayMsMin } from '../src/limits.js'
import { ridesAt } from './recording.js'

class FakeStream implements EventStream {
  readonly listeners = new Map<string, (event: { data: string }) => void>()
  closed = false

  addEventListener(type: string, listener: (event: { data: string }) => void): void {
    this.listeners.set(type, listener)
  }

  close(): void {
    this.closed = true
  }

  send(data: string): void {
    this.listeners.get('platform')?.({ data })
  }

  fail(): void {
    this.listeners.get('error')?.({ data: '' })
  }
}

function watched(t: TestContext) {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'] })
  const streams: FakeStream[] = []
  const feed = new LiveFeed(() => {
    const stream = new FakeStream()
    streams.push(stream)
    return stream
  })
  let changes = 0
  const unsubscribe = feed.subscribe(() => changes++)
  const last = () => {
    const stream = streams.at(-1)
    assert.ok(stream !== undefined)
    return stream
  }
  return { feed, streams, last, unsubscribe, changes: () => changes, tick: t.mock.timers }
}

const view = (second: number) => JSON.stringify(ridesAt(second))

test('it connects when somebody subscribes, and is live with the first view', (t) => {
  const { feed, last, changes } = watched(t)
  assert.equal(feed.state().connection, 'connecting')
  last().send(view(1))
  assert.equal(feed.state().connection, 'live')
  assert.equal(feed.state().view?.project, 'rides')
  assert.equal(changes(), 1)
  assert.equal(feed.state(), feed.state(), 'the same object until something changes')
})

test('after an error the last view is kept, and a new stream is opened a little later', (t) => {
  const { feed, streams, last, tick } = watched(t)
  last().send(view(1))
  last().fail()
  assert.equal(feed.state().connection, 'reconnecting')
  assert.equal(feed.state().view?.project, 'rides')
  assert.equal(streams[0]?.closed, true)
  assert.equal(streams.length, 1)
  tick.tick(reconnectDelayMsMin)
  assert.equal(streams.length, 2)
  last().send(view(2))
  assert.equal(feed.state().connection, 'live')
})

test('waits grow up to their bound, and start anew once it was live', (t) => {
  const { streams, last, tick } = watched(t)
  const waits: number[] = []
  for (let attempt = 0; attempt < 6; attempt++) {
    last().fail()
    const before = streams.length
    let waited = 0
    while (streams.length === before) {
      tick.tick(100)
      waited += 100
    }
    waits.push(waited)
  }
  assert.deepEqual(waits, [500, 1000, 2000, 4000, 4000, 4000])
  assert.equal(waits.at(-1), reconnectDelayMsMax)
  last().send(view(1))
  last().fail()
  tick.tick(reconnectDelayMsMin)
  assert.equal(streams.length, 8)
})

test('a stream that falls silent is given up', (t) => {
  const { feed, streams, last, tick } = watched(t)
  last().send(view(1))
  tick.tick(liveSilenceMsMax - 1)
  assert.equal(feed.state().connection, 'live')
  tick.tick(1)
  assert.equal(feed.state().connection, 'reconnecting')
  assert.equal(streams[0]?.closed, true)
})

test('a stream that was given up is not listened to', (t) => {
  const { feed, streams, last, tick } = watched(t)
  last().send(view(5))
  last().fail()
  tick.tick(reconnectDelayMsMin)
  streams[0]?.send(view(1))
  streams[0]?.fail()
  assert.equal(feed.state().view?.now, ridesAt(5).now)
  assert.equal(streams[1]?.closed, false)
})

test('half an event changes nothing', (t) => {
  const { feed, last } = watched(t)
  last().send(view(1))
  last().send('{"project":"ri')
  assert.equal(feed.state().view?.now, ridesAt(1).now)
})

test('when nobody subscribes any more, nothing is left open', (t) => {
  const { streams, unsubscribe, tick } = watched(t)
  unsubscribe()
  assert.equal(streams[0]?.closed, true)
  tick.tick(60_000)
  assert.equal(streams.length, 1)
})
