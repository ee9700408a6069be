import assert from 'node:assert/strict'
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import {
  fileSpool,
  Millrace,
  type Spool,
  type SpoolFile,
  type SpoolStorage,
  storageSpool,
} from '../src/index.js'
import { accepting, FakeOutside } from './fake-outside.js'

/** What a browser's storage does, with room for so many characters. */
class MemoryStorage implements SpoolStorage {
  readonly #entries = new Map<string, string>()
  readonly #charsMax: number

  constructor(charsMax = Number.POSITIVE_INFINITY) {
    this.#charsMax = charsMax
  }

  get length(): number {
    return this.#entries.size
  }
  key(at: number): string | null {
    return [...this.#entries.keys()][at] ?? null
  }
  getItem(key: string): string | null {
    return this.#entries.get(key) ?? null
  }
  setItem(key: string, value: string): void {
    if (value.length > this.#charsMax) throw new Error('QuotaExceededError')
    this.#entries.set(key, value)
  }
  removeItem(key: string): void {
    this.#entries.delete(key)
  }
  text(): string {
    return JSON.stringify([...this.#entries])
  }
}

function clientWith(outside: FakeOutside, spool: Spool): Millrace<Record<string, unknown>> {
  return new Millrace({ url: 'http://gateway', source: '/s', outside, spool })
}

const away = () => ({ status: 503, body: {} })

/** A file as docs/client.md shows it. */
function fileIn(t: TestContext): SpoolFile & { place: string } {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'millrace-spool-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const place = path.join(folder, 'events.ndjson')
  return {
    place,
    read: () => (existsSync(place) ? readFileSync(place, 'utf8') : ''),
    append: (text) => appendFileSync(place, text),
    replace: (text) => {
      writeFileSync(`${place}.new`, text)
      renameSync(`${place}.new`, place)
    },
  }
}

test('what a client leaves in a file, the next one sends, with the same ids and in order', async (t) => {
  const file = fileIn(t)
  const first = new FakeOutside()
  first.answer = away
  const left = clientWith(first, fileSpool(file))
  for (let i = 0; i < 3; i++) left.send('t', i, { id: `e${i}` })
  await first.advance(1_000)
  // It never closes: it was killed in the middle of a line.
  appendFileSync(file.place, '{"id":"torn","te')

  const second = new FakeOutside()
  const next = clientWith(second, fileSpool(file))
  await second.advance(0)
  next.send('t', 3, { id: 'e3' })
  await second.advance(100)
  assert.deepEqual(second.ids(), [['e0', 'e1', 'e2', 'e3']])
  assert.deepEqual(
    second.posts[0]?.events.map(({ data }) => data),
    [0, 1, 2, 3],
  )
  const closed = next.close()
  await second.advance(0)
  await closed
  assert.equal(readFileSync(file.place, 'utf8'), '')
})

test('a client that closes leaves what it could not send, and an answer after its end counts', async (t) => {
  const file = fileIn(t)
  const outside = new FakeOutside()
  outside.answer = (asked) => ({
    ...accepting(asked),
    afterMs: asked.events.length > 0 ? 3_000 : 0,
  })
  const client = clientWith(outside, fileSpool(file))
  const outcome = client.send('t', 1, { id: 'slow' })
  const closed = client.close(1_000)
  await outside.advance(1_000)
  await closed
  assert.equal((await outcome).status, 'failed')
  assert.match(readFileSync(file.place, 'utf8'), /"slow"/)
  await outside.advance(3_000)
  assert.deepEqual(await fileSpool(file).load(), [])
  assert.equal(client.counts().failed, 1)
})

test('a file does not grow for ever', async (t) => {
  const file = fileIn(t)
  const spool = fileSpool(file)
  await spool.load()
  for (let i = 0; i < 12_000; i++) {
    spool.put({ id: `e${i}`, topic: 't', text: '{}', takenAt: 0 })
    spool.remove([`e${i}`])
  }
  assert.ok(readFileSync(file.place, 'utf8').split('\n').length < 10_010)
})

test('pages share a storage: each takes over what a page left that lives no more', async () => {
  const storage = new MemoryStorage()
  const outside = new FakeOutside()
  outside.answer = away
  const living = clientWith(outside, storageSpool(storage, { outside }))
  living.send('t', 'a', { id: 'living' })
  const gone = clientWith(outside, storageSpool(storage, { outside }))
  gone.send('t', 'b', { id: 'gone' })
  const closing = gone.close(0)
  await outside.advance(1_000)
  await closing

  const third = new FakeOutside()
  third.uuid = () => 'third'
  await third.advance(outside.now() - third.now())
  const next = clientWith(third, storageSpool(storage, { outside: third }))
  await third.advance(100)
  assert.deepEqual(third.ids(), [['gone']])
  assert.equal(next.counts().sent, 1)
  assert.doesNotMatch(storage.text(), /gone/)
  assert.match(storage.text(), /living/)

  // The first page is closed without a word: its lease runs out.
  const fourth = new FakeOutside()
  fourth.uuid = () => 'fourth'
  await fourth.advance(outside.now() + 21_000 - fourth.now())
  clientWith(fourth, storageSpool(storage, { outside: fourth }))
  await fourth.advance(100)
  assert.deepEqual(fourth.ids(), [['living']])
})

test('where a storage is full, events wait in memory', async () => {
  const outside = new FakeOutside()
  const storage = new MemoryStorage(30)
  storage.setItem('millrace/other/000000000000', 'not an event')
  const client = clientWith(outside, storageSpool(storage, { outside }))
  client.send('t', 1)
  await outside.advance(100)
  assert.equal(client.counts().sent, 1)
  assert.equal(storage.getItem('millrace/other/000000000000'), null)
})
