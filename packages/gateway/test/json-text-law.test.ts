/**
 * Law: JSON without a schema is stored as it was sent, to the byte, whichever door it comes in by;
 * and what is no JSON is refused. Random texts, each seed on its own.
 */
import assert from 'node:assert/strict'
import { isUtf8 } from 'node:buffer'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { readException, WrittenJson } from '@millrace/event'
import { seededRandom } from '@millrace/host'
import { JsonTexts } from './json-texts.js'
import { json, Platform, type StoredRecord } from './platform.js'
import { trip } from './trip.js'

const seeds = Number(process.env.MILLRACE_SEEDS ?? 60)
const firstSeed = Number(process.env.MILLRACE_SEED ?? 1)
const valuesEach = 12

interface Sent {
  key: string | null
  value: string
}

/** Sends records to a topic, in their order; those of a request that cannot have keys have none. */
type Door = (topic: string, records: readonly Sent[], texts: JsonTexts) => Promise<void>

describe('JSON without a schema is stored as it was sent', () => {
  let platform: Platform
  const folder = mkdtempSync(path.join(tmpdir(), 'millrace-spool-'))
  before(async () => {
    platform = await Platform.start({ spoolFolder: path.join(folder, 'spool') })
  })
  after(async () => {
    await platform.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  const ok = async (url: string, body: string, type: string, more: Record<string, string> = {}) => {
    const response = await platform.send(url, body, { type, headers: more })
    const answer = await response.text()
    assert.ok(response.ok, `${response.status} ${answer.slice(0, 500)} for ${body.slice(0, 2_000)}`)
    return answer
  }

  const v2 = (rest = ''): Door => {
    return async (topic, records, texts) => {
      const written = records.map(({ key, value }) => {
        const members = [`"value":${texts.space()}${value}`]
        // Of members with the same name the last counts.
        if (texts.chance(6)) members.unshift('"value":[1e400]')
        if (key !== null) members.push(`${texts.space()}"key" :${key}`)
        return `{${members.join(`${texts.space()},`)}${texts.space()}}`
      })
      const before = texts.chance(6) ? '"records":[{"value":0}],' : ''
      const name = texts.chance(3) ? '"record\\u0073"' : '"records"'
      await ok(`/topics/${topic}${rest}`, `{${before}${name}:[${written.join(', ')}]}`, json)
    }
  }

  const v3Record = ({ key, value }: Sent, texts: JsonTexts, more = ''): string => {
    const type = '"type":"JSON"'
    const part = (text: string) =>
      texts.chance(2) ? `{${type},"data":${text}}` : `{ "data" : ${text} ,${type} }`
    return `{${more}"value":${part(value)}${key === null ? '' : `,"key":${part(key)}`}}`
  }

  const v3Stream: Door = async (topic, records, texts) => {
    const body = records.map((each) => v3Record(each, texts)).join(texts.space())
    const answer = await ok(platform.v3(topic), body, 'application/json')
    assert.equal(answer.match(/"error_code":200/g)?.length, records.length, answer)
  }

  const v3Batch: Door = async (topic, records, texts) => {
    for (let at = 0; at < records.length; at += 10) {
      const some = records.slice(at, at + 10)
      const entries = some.map((each, nth) => v3Record(each, texts, `"id":"${nth}",`))
      const url = platform.v3(topic, '/records:batch')
      const answer = await ok(url, `{"entries": [${entries.join(',')}]}`, 'application/json')
      assert.match(answer, /"failures":\[\]/)
    }
  }

  const context = (topic: string, at: number) =>
    `"specversion":"1.0","id":"${at}","type":"t","source":"/law","topic":"${topic}"`

  const events = (topic: string, records: readonly Sent[], texts: JsonTexts) => {
    return records.map(({ value }, at) => {
      const data = `"data":${texts.space()}${value}${texts.space()}`
      const first = texts.chance(6) ? '"data":0,' : ''
      return texts.chance(2)
        ? `{${first}${context(topic, at)},${data}}`
        : `{${first}${data},${context(topic, at)}}`
    })
  }

  const structured = 'application/cloudevents+json'
  const doors: [name: string, door: Door, hasKeys: boolean][] = [
    ['v2', v2(), true],
    ['v2, a partition', v2('/partitions/0'), true],
    ['v2, by the spool', v2('?async'), true],
    ['v3, a stream', v3Stream, true],
    ['v3, a batch', v3Batch, true],
    [
      'CloudEvents, structured',
      async (topic, records, texts) => {
        for (const event of events(topic, records, texts)) await ok('/events', event, structured)
      },
      false,
    ],
    [
      'CloudEvents, a batch',
      async (topic, records, texts) => {
        const type = 'application/cloudevents-batch+json'
        await ok('/events', `[${events(topic, records, texts).join(',')}]`, type)
      },
      false,
    ],
    [
      'CloudEvents, a beacon',
      async (topic, records, texts) => {
        await ok('/events', `[${events(topic, records, texts).join(',')}]`, 'text/plain')
      },
      false,
    ],
    [
      'CloudEvents, binary',
      async (topic, records) => {
        for (const [at, { value }] of records.entries()) {
          const own = { 'ce-id': `${at}`, 'ce-type': 't', 'ce-source': '/law', 'ce-topic': topic }
          const type = at % 2 === 0 ? 'application/json' : 'application/x+json; charset=utf-8'
          await ok('/events', value, type, { ...own, 'ce-specversion': '1.0' })
        }
      },
      false,
    ],
  ]

  for (const [name, door, hasKeys] of doors) {
    test(name, async () => {
      for (const raw of [false, true]) {
        const topic = `${name.replaceAll(/\W+/g, '-')}${raw ? '.raw' : ''}`
        await platform.topic(topic, { policy: { raw } })
        const sent: Sent[] = []
        for (let seed = firstSeed; seed < firstSeed + seeds / 2; seed++) {
          const texts = new JsonTexts(seededRandom(seed))
          const records = Array.from({ length: valuesEach }, () => ({
            key: hasKeys && texts.chance(2) ? texts.value(1) : null,
            value: texts.value(),
          }))
          await door(topic, records, texts)
          sent.push(...records)
        }
        const stored = await settled(topic, sent.length)
        for (const [at, { key, value }] of sent.entries()) {
          const where = `seed ${firstSeed + Math.floor(at / valuesEach)}, record ${at % valuesEach}`
          assert.equal(stored[at]?.value?.toString(), value, where)
          assert.equal(stored[at]?.key, key, where)
        }
      }
    })
  }

  /** What is in the spool comes a moment later. */
  async function settled(topic: string, count: number): Promise<StoredRecord[]> {
    for (let left = 100; left > 0; left--) {
      const stored = await platform.stored(topic)
      if (stored.length >= count) return stored
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    return platform.stored(topic)
  }

  test('white space around a body in binary mode is a part of it', async () => {
    await platform.topic('spaced')
    const own = { 'ce-id': '1', 'ce-type': 'spaced', 'ce-source': '/law', 'ce-specversion': '1.0' }
    await ok('/events', '\n {"a": 1.0}\r\n', 'application/json', own)
    const [record] = await platform.stored('spaced')
    assert.equal(record?.value?.toString(), '\n {"a": 1.0}\r\n')
  })

  test('what is no JSON is refused, and nothing of it is stored', async () => {
    await platform.topic('broken')
    let refused = 0
    for (let seed = firstSeed; seed < firstSeed + seeds * 4; seed++) {
      const texts = new JsonTexts(seededRandom(seed))
      const body = texts.changed(`{"records":[{"value":${texts.value()}}]}`)
      if (isJson(body)) continue
      const { status, body: answer } = await platform.post('broken', body)
      assert.deepEqual([status, answer.error_code], [400, 400], `seed ${seed}: ${body}`)
      refused++
    }
    assert.ok(refused > seeds, `only ${refused} texts were no JSON`)
    assert.deepEqual(await platform.stored('broken'), [])
  })

  test('a refused event is kept in the exception topic as it was sent', async () => {
    const policy = { exceptionTopic: 'typed-refused' }
    await platform.topic('typed', { schema: trip, policy })
    const sent: string[] = []
    for (let seed = firstSeed; seed < firstSeed + seeds; seed++) {
      const texts = new JsonTexts(seededRandom(seed))
      const records = Array.from({ length: valuesEach }, () => texts.value())
      const values = records.map((value) => `{"value":${texts.space()}${value}}`)
      const { status } = await platform.post('typed', `{"records":[${values.join(',')}]}`)
      assert.equal(status, 422)
      sent.push(...records)
    }
    const kept = await platform.stored('typed-refused')
    assert.equal(kept.length, sent.length)
    for (const [at, record] of kept.entries()) {
      const exception = readException(record.value)
      assert.deepEqual([exception?.event, exception?.bytes], [sent[at], undefined])
    }
  })

  test('a text and its parts: members by name, the last of those alike, and items', () => {
    for (let seed = firstSeed; seed < firstSeed + seeds * 20; seed++) {
      const text = new JsonTexts(seededRandom(seed)).value(5)
      parts(WrittenJson.parse(Buffer.from(text)), `seed ${seed}: ${text}`)
    }
  })
})

/** Each part says its value, and nothing is around it; there are as many as the value has. */
function parts(written: WrittenJson, where: string): void {
  const { value } = written
  const text = written.text.toString()
  assert.equal(text, text.trim(), where)
  assert.deepEqual(WrittenJson.parse(written.text).value, value, where)
  const members = written.members()
  const isList = Array.isArray(value)
  const isObject = typeof value === 'object' && value !== null && !isList
  assert.deepEqual([...members.keys()].sort(), isObject ? Object.keys(value).sort() : [], where)
  for (const [name, member] of members) {
    assert.equal(member.value, (value as Record<string, unknown>)[name], where)
    parts(member, where)
  }
  const items = written.items()
  assert.deepEqual(
    items.map((item) => item.value),
    isList ? value : [],
    where,
  )
  for (const item of items) parts(item, where)
}

function isJson(bytes: Buffer): boolean {
  if (!isUtf8(bytes)) return false
  try {
    JSON.parse(bytes.toString())
    return true
  } catch {
    return false
  }
}
