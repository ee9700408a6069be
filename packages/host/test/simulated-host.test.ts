import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  ProcessKilled,
  runSimulation,
  SimulatedClock,
  SimulatedDisk,
  SimulatedHost,
  SimulatedNetwork,
  seededRandom,
} from '../src/index.js'

function machineOf(seed: number) {
  const clock = new SimulatedClock(1_000_000)
  const random = seededRandom(seed)
  const network = new SimulatedNetwork(clock, random)
  const machine = new SimulatedHost({ name: 'server', clock, network, random })
  return { clock, network, machine }
}

test('a killed program keeps what it wrote, and does nothing any more', async () => {
  const { clock, network, machine } = machineOf(1)
  const { disk, clock: own, network: net } = machine.start()
  const file = disk.open('/a', { create: true })
  file.write(0, Buffer.from('written'))
  let fired = false
  own.after(10, () => {
    fired = true
  })
  let accepted = 0
  await net.listen({ host: 'server', port: 1 }, () => accepted++)
  const connecting = network.on('client').connect({ host: 'server', port: 1 })
  await runSimulation(clock, () => accepted === 1)
  let error: Error | undefined
  const stream = await connecting
  stream.on('error', (each) => {
    error = each
  })
  machine.kill()
  await runSimulation(clock, () => false)
  assert.equal(fired, false)
  assert.match(String(error), /ECONNRESET/)
  assert.throws(() => file.write(0, Buffer.from('more')), ProcessKilled)
  assert.throws(() => disk.readFile('/a'), ProcessKilled)
  const again = assert.rejects(network.on('client').connect({ host: 'server', port: 1 }), {
    code: 'ECONNREFUSED',
  })
  await runSimulation(clock, () => false)
  await again
  assert.equal(machine.start().disk.readFile('/a').toString(), 'written')
})

test('a power cut takes what was not synced: bytes and names', async () => {
  const seen = new Set<string>()
  for (let seed = 0; seed < 200; seed++) {
    const { machine } = machineOf(seed)
    const { disk } = machine.start()
    const kept = disk.open('/kept', { create: true })
    kept.write(0, Buffer.from('kept'))
    await kept.sync()
    disk.syncDirectory('/')
    disk.rename('/kept', '/renamed')
    const fresh = disk.open('/fresh', { create: true })
    await fresh.sync()
    machine.cutPower()
    const names = machine.start().disk.list('/')
    seen.add(names.join())
    const [name] = names.filter((each) => each !== 'fresh')
    assert.equal(String(machine.disk.readFile(`/${name}`)), 'kept', 'a move is whole')
  }
  assert.deepEqual(
    [...seen].sort(),
    ['fresh,kept', 'fresh,renamed', 'kept', 'renamed'],
    'each name may be lost by itself, and a move undone',
  )
})

test('a program can be ended in the middle of a write', () => {
  const { machine } = machineOf(1)
  const { disk } = machine.start()
  const file = disk.open('/a', { create: true })
  machine.endAtChange(2, () => machine.kill())
  file.write(0, Buffer.from('1234'))
  assert.throws(() => file.write(4, Buffer.from('5678')), ProcessKilled)
  assert.equal(String(machine.disk.readFile('/a')), '123456')
  assert.equal(machine.isRunning, false)
})

test('the time of day jumps; durations and timers do not notice', async () => {
  const { clock, machine } = machineOf(1)
  const { clock: own } = machine.start()
  let firedAt = 0
  own.after(10, () => {
    firedAt = own.monotonic()
  })
  machine.jumpClock(-500_000)
  assert.equal(own.now(), 500_000)
  await runSimulation(clock, () => false)
  assert.equal(firedAt, 10)
  assert.equal(own.now(), 500_010)
})

test('a disk refuses, and takes its time to sync, when told to', async () => {
  const clock = new SimulatedClock()
  const disk = new SimulatedDisk({ clock, random: seededRandom(1) })
  const file = disk.open('/a', { create: true })
  disk.syncDirectory('/')
  disk.faults = { refusal: () => 'EIO' }
  assert.throws(() => file.write(0, Buffer.from('x')), { code: 'EIO' })
  assert.throws(() => disk.remove('/a'), { code: 'EIO' })
  file.read(0, Buffer.alloc(1))

  disk.faults = { syncMs: () => 30 }
  file.truncate(0)
  file.write(0, Buffer.from('slow'))
  let isSynced = false
  const syncing = file.sync().then(() => {
    isSynced = true
  })
  clock.advance(29)
  await Promise.resolve()
  assert.equal(isSynced, false)
  clock.advance(1)
  await syncing
  disk.faults = { sync: () => 'failed' }
  await assert.rejects(file.sync(), { code: 'EIO' })
})

for (const outcome of ['failed', 'lost'] as const) {
  test(`what a ${outcome} sync was for may be gone after a power cut, whatever is synced later`, async () => {
    let gone = 0
    for (let seed = 0; seed < 50; seed++) {
      const disk = new SimulatedDisk({ random: seededRandom(seed) })
      const file = disk.open('/a', { create: true })
      disk.syncDirectory('/')
      file.write(0, Buffer.from('first'))
      disk.faults = { sync: () => outcome }
      await file.sync().catch(() => {})
      disk.faults = {}
      if (outcome === 'failed') await file.sync()
      assert.equal(String(disk.readFile('/a')), 'first')
      disk.crash()
      if (String(disk.readFile('/a')) !== 'first') gone++
    }
    assert.ok(gone > 10 && gone < 50, `gone ${gone} times of 50`)
  })
}

test('one seed, one history: all that happens is the same', async () => {
  const historyOf = async (seed: number) => {
    const { clock, network, machine } = machineOf(seed)
    Object.assign(network.conditions, { splitShare: 0.3, cutShare: 0.5, cutAfterMsMax: 20 })
    const events: string[] = []
    await machine.start().network.listen({ host: 'server', port: 1 }, (stream) => {
      stream.on('data', (bytes) => {
        events.push(`${clock.monotonic()} ${bytes.length}`)
        stream.write(bytes)
      })
      stream.on('error', () => {})
      stream.on('close', () => events.push(`${clock.monotonic()} closed`))
    })
    const client = async (name: string) => {
      for (let turn = 0; turn < 10; turn++) {
        const stream = await network.on(name).connect({ host: 'server', port: 1 })
        stream.on('error', () => {})
        stream.on('data', (bytes) => events.push(`${clock.monotonic()} ${name} ${bytes.length}`))
        for (let write = 0; write < 5; write++) stream.write(Buffer.alloc(100))
        await clock.sleep(5)
        stream.end()
      }
    }
    void client('a')
    void client('b')
    await runSimulation(clock, () => false)
    return events
  }
  const first = await historyOf(7)
  assert.ok(first.length > 100)
  assert.deepEqual(await historyOf(7), first)
  assert.notDeepEqual(await historyOf(8), first)
})
