import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SimulatedClock } from '@millrace/host'
import { quickFailureMs, quickFailuresMax, restartDelayMsMax } from '../src/limits.js'
import { Link, serve, type Wire } from '../src/roles/link.js'
import type { RoleProcess } from '../src/supervise/process.js'
import { type RoleEnd, restartDelayMs, Supervised } from '../src/supervise/supervised.js'

type Methods = { work: () => Promise<number>; stop: () => Promise<void> }

/** A role that lives in this process and dies when it is told to. */
class FakeRole {
  spawned = 0
  living = 0
  stops = 0
  refuse: string | undefined
  die: (reason: string) => void = () => {}

  readonly recipe = {
    name: 'role',
    onLine: () => {},
    spawn: () => this.#spawn(),
    start: async () => {
      if (this.refuse !== undefined) throw new Error(this.refuse)
    },
  }

  #spawn(): RoleProcess<Methods> {
    const number = ++this.spawned
    this.living++
    assert.equal(this.living, 1, 'two processes of a role live at a time')
    const receivers: ((message: unknown) => void)[][] = [[], []]
    const wire = (mine: number): Wire => ({
      send: (message) =>
        queueMicrotask(() => {
          for (const receive of receivers[1 - mine] ?? []) receive(message)
        }),
      onMessage: (receive) => receivers[mine]?.push(receive),
    })
    serve(wire(1), {
      work: async () => number,
      stop: async () => {
        this.stops++
      },
    } satisfies Methods)
    const link = new Link<Methods>(wire(0), () => {})
    let end: (reason: string) => void = () => {}
    const ended = new Promise<string>((resolve) => {
      let alive = true
      end = (reason) => {
        if (!alive) return
        alive = false
        this.living--
        link.end(reason)
        resolve(reason)
      }
    })
    this.die = end
    return { link, ended, release: () => end('released'), kill: () => end('killed') }
  }
}

const settle = () => new Promise((resolve) => setImmediate(resolve))

test('a role that dies is started again, after its end was seen', async () => {
  const clock = new SimulatedClock()
  const fake = new FakeRole()
  const role = new Supervised<Methods>(clock, fake.recipe)
  await role.start()
  assert.equal(role.status, 'running')

  fake.die('it was ended by SIGKILL')
  await settle()
  assert.equal(role.status, 'restarting')
  assert.equal(role.reason, 'it was ended by SIGKILL')
  assert.equal(role.link, undefined)

  clock.advance(restartDelayMs(1))
  await settle()
  assert.equal(role.status, 'running')
  assert.equal(fake.spawned, 2)
  await role.stop()
  assert.equal(fake.living, 0)
  assert.equal(fake.stops, 1)
})

test('delays double up to their limit', () => {
  assert.ok(restartDelayMs(2) === 2 * restartDelayMs(1))
  assert.equal(restartDelayMs(30), restartDelayMsMax)
})

test('too many quick failures are one failure for good', async () => {
  const clock = new SimulatedClock()
  const fake = new FakeRole()
  fake.refuse = 'no such schema'
  const ends: string[] = []
  const onEnd = ({ status }: RoleEnd) => ends.push(status)
  const role = new Supervised<Methods>(clock, { ...fake.recipe, onEnd })
  await assert.rejects(role.start(), /no such schema/)
  for (let i = 1; i < quickFailuresMax; i++) {
    assert.equal(role.status, 'restarting')
    clock.advance(restartDelayMs(i))
    await settle()
  }
  assert.equal(role.status, 'failed')
  assert.deepEqual(ends, [...Array(quickFailuresMax - 1).fill('restarting'), 'failed'])
  assert.equal(role.reason, 'no such schema')
  assert.equal(fake.spawned, quickFailuresMax)
  clock.advance(10 * restartDelayMsMax)
  assert.equal(fake.spawned, quickFailuresMax)
  await assert.rejects(
    role.persist((link) => link.call('work')),
    /no such schema/,
  )
})

test('a failure long after the start is no quick one', async () => {
  const clock = new SimulatedClock()
  const fake = new FakeRole()
  const role = new Supervised<Methods>(clock, fake.recipe)
  await role.start()
  for (let i = 0; i < 3 * quickFailuresMax; i++) {
    clock.advance(quickFailureMs)
    fake.die('again')
    await settle()
    clock.advance(restartDelayMs(1))
    await settle()
    assert.equal(role.status, 'running')
  }
  await role.stop()
})

test('persist asks the next process when one dies while it is asked', async () => {
  const clock = new SimulatedClock()
  const fake = new FakeRole()
  const role = new Supervised<Methods>(clock, fake.recipe)
  await role.start()
  let asked = 0
  const answer = role.persist((link) => {
    asked++
    const call = link.call('work')
    if (asked === 1) fake.die('now')
    return call
  })
  await settle()
  clock.advance(restartDelayMs(1))
  assert.equal(await answer, 2)
  assert.equal(asked >= 2, true)
  await role.stop()
})

test('nothing is spawned after stop', async () => {
  const clock = new SimulatedClock()
  const fake = new FakeRole()
  const role = new Supervised<Methods>(clock, fake.recipe)
  await role.start()
  fake.die('gone')
  await settle()
  await role.stop()
  clock.advance(10 * restartDelayMsMax)
  assert.equal(fake.spawned, 1)
})

test('a role whose work is done is finished', async () => {
  const fake = new FakeRole()
  const role = new Supervised<Methods>(new SimulatedClock(), fake.recipe)
  await role.start()
  await role.finish()
  assert.equal(role.status, 'finished')
  assert.equal(fake.living, 0)
})
