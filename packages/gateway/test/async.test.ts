import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { ExceptionEvent } from '@millrace/event'
import { type Answer, answerOf, Platform } from './platform.js'
import { trip } from './trip.js'

const prefer = { headers: { prefer: 'respond-async' } }

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 500; i++) {
    if (await holds()) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  assert.fail('it did not come true')
}

describe('answers before the log, and answers without it', () => {
  let folder: string
  let platform: Platform
  before(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'millrace-gateway-spool-'))
    const spoolFolder = path.join(folder, 'spool')
    platform = await Platform.start({ spoolFolder })
  })
  after(async () => {
    await platform.stop()
    rmSync(folder, { recursive: true })
  })

  test('an event that is acknowledged from the spool is in the log a moment later', async () => {
    await platform.topic('later', { schema: trip, policy: { idField: 'id' } })
    const value = { id: 'a', pickup_area: 1, at: 0 }
    const { status, headers, body } = await platform.post(
      'later',
      { records: [{ value }, { value: { ...value, id: 7 } }] },
      prefer,
    )
    assert.equal(status, 202)
    assert.equal(headers.get('preference-applied'), 'respond-async')
    assert.deepEqual(body.offsets[0], {
      partition: 0,
      offset: null,
      error_code: null,
      error: null,
      event_id: 'a',
    })
    assert.equal(body.offsets[1].error_code, 42203, 'what is bad is refused at once')
    await until(async () => (await platform.stored('later')).length === 1)
    assert.equal((await platform.stored('later'))[0]?.envelope?.id, 'a')
    const counts = platform.gateway.counts().find(({ topic }) => topic === 'later')
    assert.deepEqual(counts, { topic: 'later', accepted: 1, refused: 1, failed: 0, spooled: 0 })
  })

  test('the query and the policy ask for it too, and the query has the last word', async () => {
    await platform.topic('asked')
    await platform.topic('always', { policy: { acknowledge: 'spool' } })
    const records = [{ value: 1 }]
    assert.equal((await platform.post('asked?async', { records })).status, 202)
    assert.equal((await platform.post('always', { records })).status, 202)
    assert.equal((await platform.post('always?async=false', { records })).status, 200)
    const line = { value: { type: 'JSON', data: 1 } }
    const options = { type: 'application/json' }
    const response = await platform.send(platform.v3('asked', '/records?async'), line, options)
    const answer = (await response.json()) as Record<string, unknown>
    assert.deepEqual([answer.error_code, answer.offset], [202, undefined])
    assert.equal(typeof answer.event_id, 'string')
    await until(async () => (await platform.stored('asked')).length === 2)
    await until(async () => (await platform.stored('always')).length === 2)
  })

  test('CloudEvents are answered from the spool where the request or the topic asks for it', async () => {
    await platform.topic('noted', { policy: { acknowledge: 'spool' } })
    await platform.topic('notes')
    const event = (id: string, topic: string) => {
      return { specversion: '1.0', id, type: 'note', source: '/desk', topic, data: { id } }
    }
    const type = 'application/cloudevents-batch+json'
    const post = async (query: string, events: object[], headers = {}) =>
      answerOf(await platform.send(`/events${query}`, events, { type, headers }))
    const offsets = ({ body }: Answer) =>
      body.events.map(({ offset, event_id: id }: { offset: number | null; event_id?: string }) => {
        return id === undefined ? offset : id
      })

    const asked = await post('', [event('a', 'notes'), event('b', 'notes')], prefer.headers)
    assert.deepEqual([asked.status, offsets(asked)], [202, ['a', 'b']])
    assert.equal(asked.headers.get('preference-applied'), 'respond-async')
    await until(async () => (await platform.stored('notes')).length === 2)
    assert.deepEqual(
      (await platform.stored('notes')).map(({ envelope }) => envelope?.id),
      ['a', 'b'],
    )
    const both = await post('', [event('c', 'noted'), event('d', 'notes')])
    assert.deepEqual([both.status, offsets(both)], [202, ['c', 2]], 'each as its topic has it')
    const plain = await post('?async=false', [event('e', 'noted')], prefer.headers)
    assert.deepEqual([plain.status, plain.headers.get('preference-applied')], [200, null])
    await until(async () => (await platform.stored('noted')).length === 2)
    const bad = await post('?async', [{ ...event('f', 'notes'), source: '' }])
    assert.deepEqual([bad.status, bad.body.error_code], [422, 42206])
    const dry = await post('?dry-run', [event('g', 'notes')])
    assert.deepEqual([dry.status, dry.body.dry_run, offsets(dry)], [200, true, [null]])
    assert.equal((await platform.stored('notes')).length, 3)
  })

  test('what the log refuses for good goes to the exception topic, or is a dead letter on disk', async () => {
    const compacted = { 'cleanup.policy': 'compact' }
    await platform.client.createTopic('kept', { partitions: 1, configs: compacted })
    await platform.client.createTopic('lost', { partitions: 1, configs: compacted })
    platform.policies.set('kept', { exceptionTopic: 'kept-exceptions' })
    const records = [{ key: 1, value: 1 }, { value: 2 }, { key: 3, value: 3 }]
    for (const topic of ['kept', 'lost']) {
      assert.equal((await platform.post(topic, { records }, prefer)).status, 202)
      await until(async () => (await platform.stored(topic)).length === 2)
      const count = () => platform.gateway.counts().find((each) => each.topic === topic)
      await until(async () => count()?.spooled === 0)
      assert.deepEqual([count()?.accepted, count()?.failed], [2, 1])
    }
    const [exception] = await platform.stored('kept-exceptions')
    const event = JSON.parse(String(exception?.value)) as ExceptionEvent
    assert.equal(event.topic, 'kept')
    assert.equal(Buffer.from(event.bytes ?? '', 'base64').toString(), '2')
    assert.match(event.reason, /INVALID_RECORD/)
    const file = path.join(folder, 'spool', 'dead-letters.jsonl')
    const [letter = ''] = readFileSync(file, 'utf8').split('\n')
    const { topic, value } = JSON.parse(letter) as { topic: string; value: string }
    assert.deepEqual([topic, Buffer.from(value, 'base64').toString()], ['lost', '2'])
  })

  test('a dry run tells what would be stored and refused, and stores nothing', async () => {
    await platform.topic('dry', { schema: trip, policy: { exceptionTopic: 'dry-exceptions' } })
    const value = { id: 'a', pickup_area: 1, at: 0 }
    const records = [{ value }, { value: {} }]
    const { status, body } = await platform.post('dry?dry-run', { records })
    assert.equal(status, 200)
    assert.equal(body.dry_run, true)
    const codes = body.offsets.map((each: { error_code: number | null }) => each.error_code)
    assert.deepEqual(codes, [null, 42203])
    assert.equal((await platform.post('dry?dry-run', { records: [{ value: {} }] })).status, 422)
    const line = { value: { data: value } }
    const options = { type: 'application/json' }
    const response = await platform.send(platform.v3('dry', '/records?dry-run'), line, options)
    const answer = (await response.json()) as Record<string, unknown>
    assert.deepEqual([answer.error_code, answer.dry_run, answer.offset], [200, true, undefined])
    assert.deepEqual(await platform.stored('dry'), [])
    const topics = (await platform.client.topics()).map(({ name }) => name)
    assert.ok(!topics.includes('dry-exceptions'))
  })
})
