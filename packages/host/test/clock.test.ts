import assert from 'node:assert/strict'
import { test } from 'node:test'
import { realHost, SimulatedClock } from '../src/index.js'

test('timers fire in the order in which they are due, those of one moment as they were set', () => {
  const clock = new SimulatedClock(1_000)
  const fired: string[] = []
  clock.after(20, () => fired.push(`b at ${clock.now()}`))
  clock.after(10, () => {
    fired.push(`a at ${clock.now()}`)
    clock.after(10, () => fired.push(`d at ${clock.now()}`))
  })
  clock.after(20, () => fired.push(`c at ${clock.now()}`))
  clock.after(15, () => fired.push('never')).cancel()
  clock.advance(9)
  assert.deepEqual(fired, [])
  clock.advance(11)
  assert.deepEqual(fired, ['a at 1010', 'b at 1020', 'c at 1020', 'd at 1020'])
  assert.equal(clock.monotonic(), 20)
})

test('sleeping ends when the time has come, or with the reason of the abort', async () => {
  const clock = new SimulatedClock()
  let woke = false
  const slept = clock.sleep(5).then(() => {
    woke = true
  })
  clock.advance(4)
  await Promise.resolve()
  assert.equal(woke, false)
  clock.advance(1)
  await slept

  const abort = new AbortController()
  const endless = clock.sleep(1_000_000, abort.signal)
  abort.abort(new Error('stopped'))
  await assert.rejects(endless, /stopped/)
  await assert.rejects(realHost.clock.sleep(1_000_000, abort.signal), /stopped/)
})
