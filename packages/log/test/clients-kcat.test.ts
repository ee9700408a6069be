import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import { isInstalled, run, type Started, startBroker } from './broker-harness.js'

/** A broker and a `kcat` that speaks to it; nothing where it is not installed. */
async function withKcat(
  t: TestContext,
): Promise<
  { started: Started; kcat: (args: string[], input?: string) => Promise<string> } | undefined
> {
  if (!isInstalled(t, 'kcat')) return undefined
  const started = await startBroker(t)
  const kcat = (args: string[], input?: string) =>
    run('kcat', ['-b', started.bootstrap, ...args], input)
  return { started, kcat }
}

test('kcat lists brokers and topics', async (t) => {
  const there = await withKcat(t)
  if (there === undefined) return
  const { started, kcat } = there
  await started.client.createTopic('rides', { partitions: 3 })
  const listed = await kcat(['-L'])
  assert.match(listed, /1 brokers:/)
  assert.match(listed, new RegExp(`broker 1 at ${started.bootstrap}`))
  assert.match(listed, /topic "rides" with 3 partitions:/)
  assert.match(listed, /partition 2, leader 1, replicas: 1, isrs: 1/)
})

for (const compression of ['none', 'gzip', 'snappy', 'lz4', 'zstd']) {
  for (const idempotent of [false, true]) {
    const how = `${compression}${idempotent ? ', idempotent' : ''}`
    test(`kcat writes and reads back: ${how}`, async (t) => {
      const there = await withKcat(t)
      if (there === undefined) return
      const lines = Array.from(
        { length: 500 },
        (_, at) => `key ${at}:value ${at} ${'x'.repeat(20)}`,
      )
      const options = ['-X', `enable.idempotence=${idempotent}`, '-H', 'origin=kcat']
      await there.kcat(
        ['-P', '-t', 'rides', '-K:', '-z', compression, ...options],
        lines.join('\n'),
      )
      const read = await there.kcat(['-C', '-t', 'rides', '-e', '-q', '-f', '%o %k:%s %h\n'])
      assert.deepEqual(
        read.trimEnd().split('\n'),
        lines.map((line, at) => `${at} ${line} origin=kcat`),
      )
      const ends = await there.kcat(['-Q', '-t', 'rides:0:-1'])
      assert.match(ends, /rides \[0\] offset 500/)
    })
  }
}

test('a kcat group goes on where it ended', async (t) => {
  const there = await withKcat(t)
  if (there === undefined) return
  const { kcat } = there
  const group = ['-G', 'readers', '-q', '-e', '-X', 'auto.offset.reset=earliest', 'rides']
  await kcat(['-P', '-t', 'rides'], 'one\ntwo\n')
  assert.equal(await kcat(group), 'one\ntwo\n')
  await kcat(['-P', '-t', 'rides'], 'three\n')
  assert.equal(await kcat(group), 'three\n')
  const [committed] = await there.started.client.committedOffsets('readers')
  assert.equal(committed?.offset, 3)
})

test('kcat writes in a transaction', async (t) => {
  const there = await withKcat(t)
  if (there === undefined) return
  const { kcat } = there
  await kcat(['-P', '-t', 'rides', '-X', 'transactional.id=writer'], 'one\ntwo\n')
  await kcat(['-P', '-t', 'rides', '-X', 'transactional.id=writer'], 'three\n')
  const committed = ['-C', '-t', 'rides', '-e', '-q', '-X', 'isolation.level=read_committed']
  assert.equal(await kcat(committed), 'one\ntwo\nthree\n')
})
