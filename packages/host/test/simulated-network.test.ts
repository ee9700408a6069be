import assert from 'node:assert/strict'
import type { Duplex } from 'node:stream'
import { test } from 'node:test'
import { runSimulation, SimulatedClock, SimulatedNetwork, seededRandom } from '../src/index.js'

const address = { host: 'server', port: 9092 }

function worldOf(seed: number) {
  const clock = new SimulatedClock()
  const random = seededRandom(seed)
  const network = new SimulatedNetwork(clock, random)
  return { clock, random, network }
}

/** Lets time pass until the promise has an outcome. */
async function settled<Result>(clock: SimulatedClock, promise: Promise<Result>): Promise<Result> {
  let isOver = false
  const over = () => {
    isOver = true
  }
  promise.then(over, over)
  await runSimulation(clock, () => isOver)
  return promise
}

/** What arrives, until the stream closes. */
function gathered(stream: Duplex): { bytes: Buffer[]; error?: Error; isClosed: boolean } {
  const state: { bytes: Buffer[]; error?: Error; isClosed: boolean } = {
    bytes: [],
    isClosed: false,
  }
  stream.on('data', (chunk: Buffer) => state.bytes.push(chunk))
  stream.on('error', (error) => {
    state.error = error
  })
  stream.on('close', () => {
    state.isClosed = true
  })
  return state
}

test('bytes arrive whole and in order, however they are cut up', async () => {
  for (let seed = 0; seed < 50; seed++) {
    const { clock, random, network } = worldOf(seed)
    network.conditions.splitShare = 0.5
    let server: ReturnType<typeof gathered> | undefined
    await network.on('server').listen(address, (stream) => {
      server = gathered(stream)
    })
    const stream = await settled(clock, network.on('client').connect(address))
    const sent: Buffer[] = []
    for (let write = 0; write < 20; write++) {
      const bytes = random.bytes(1 + random.below(40_000))
      sent.push(bytes)
      stream.write(bytes)
    }
    stream.end()
    stream.resume()
    await runSimulation(clock, () => false)
    assert.ok(server?.isClosed)
    assert.deepEqual(Buffer.concat(server?.bytes ?? []), Buffer.concat(sent), `seed ${seed}`)
    assert.ok(stream.destroyed, 'the end of one side is the end of the other')
  }
})

test('a slow reader holds the writer back', async () => {
  const { clock, network } = worldOf(1)
  let server: Duplex | undefined
  await network.on('server').listen(address, (stream) => {
    server = stream
  })
  const stream = await settled(clock, network.on('client').connect(address))
  let drained = 0
  stream.on('drain', () => drained++)
  while (stream.write(Buffer.alloc(10_000)));
  for (let more = 0; more < 30; more++) stream.write(Buffer.alloc(10_000))
  await runSimulation(clock, () => false)
  assert.equal(drained, 0)
  const before = stream.writableLength
  assert.ok(before > 0)
  server?.resume()
  await runSimulation(clock, () => false)
  assert.equal(drained, 1)
  assert.equal(stream.writableLength, 0)
})

test('a connection that is cut gives a beginning of what was sent, and an error at both ends', async () => {
  let partial = 0
  for (let seed = 0; seed < 50; seed++) {
    const { clock, network } = worldOf(seed)
    network.conditions.splitShare = 1
    network.conditions.latencyMsMax = 10
    let server: ReturnType<typeof gathered> | undefined
    await network.on('server').listen(address, (stream) => {
      server = gathered(stream)
    })
    const stream = await settled(clock, network.on('client').connect(address))
    const client = gathered(stream)
    const sent = Buffer.from('0123456789'.repeat(10))
    stream.write(sent)
    clock.after(5, () => network.cutSome(1))
    await runSimulation(clock, () => false)
    const got = Buffer.concat(server?.bytes ?? [])
    assert.deepEqual(got, sent.subarray(0, got.length))
    assert.match(String(client.error), /ECONNRESET/)
    assert.match(String(server?.error), /ECONNRESET/)
    assert.ok(client.isClosed && server?.isClosed)
    if (got.length > 0 && got.length < sent.length) partial++
  }
  assert.ok(partial > 10, `only ${partial} were cut in the middle`)
})

test('what is sent while a machine is split off arrives when it is back; a connect times out', async () => {
  const { clock, network } = worldOf(3)
  let server: ReturnType<typeof gathered> | undefined
  await network.on('server').listen(address, (stream) => {
    server = gathered(stream)
  })
  const stream = await settled(clock, network.on('client').connect(address))
  network.splitOff('server')
  stream.write('late')
  const refused = network.on('client').connect(address, { timeoutMs: 500 })
  await assert.rejects(settled(clock, refused), { code: 'ETIMEDOUT' })
  assert.deepEqual(server?.bytes, [])
  network.join('server')
  await runSimulation(clock, () => server?.bytes.length === 1)
  assert.equal(String(server?.bytes[0]), 'late')
})

test('nobody listens, or the port is taken: the same errors as the machine has', async () => {
  const { clock, network } = worldOf(4)
  await assert.rejects(settled(clock, network.on('client').connect(address)), {
    code: 'ECONNREFUSED',
    message: 'Could not connect to server:9092: nothing listens there.',
  })
  const listener = await network.on('server').listen(address, () => {})
  await assert.rejects(
    network.on('server').listen(address, () => {}),
    { code: 'EADDRINUSE' },
  )
  await listener.close()
  await network.on('server').listen(address, () => {})
})
