import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { SimulatedClock, SimulatedHost, SimulatedNetwork, seededRandom } from '@millrace/host'
import type { LogRecord } from '@millrace/log'
import type { GatewayCluster } from '../src/cluster.js'
import { Drain } from '../src/spool/drain.js'
import { Spool } from '../src/spool/spool.js'
import { ModelLog } from './model-log.js'

const partitions = 3

/** A clock that goes on by itself, a timer a turn of the event loop. */
function running(): { clock: SimulatedClock; stop: () => void } {
  const clock = new SimulatedClock()
  let isOver = false
  const turn = () => {
    if (isOver) return
    clock.step()
    setImmediate(turn)
  }
  turn()
  return {
    clock,
    stop: () => {
      isOver = true
    },
  }
}

/** A spool and its drain that are killed, or lose their power, in the middle of anything. */
async function play(seed: number) {
  const random = seededRandom(seed)
  const { clock, stop } = running()
  const network = new SimulatedNetwork(clock, random)
  const machine = new SimulatedHost({ name: 'gateway', clock, network, random })
  const isBad = (text: string) => Number(text) % 17 === 16
  const log = new ModelLog(seededRandom(random.uint32()), isBad)
  const acknowledged: string[] = []
  const deadLetters = new Set<string>()
  let next = 0
  let mayBeTwice = 0
  for (let life = 0; life < 6; life++) {
    const isLast = life === 5
    if (isLast) log.isFaulty = false
    const host = machine.start()
    const sequenced = log.producer(host.clock)
    let spooled = 0
    const drain = new Drain({
      clock: host.clock,
      clusters: { named: async () => ({ sequenced }) as unknown as GatewayCluster },
      counts: {
        add: (_topic, more) => {
          spooled += more.spooled
        },
      },
      deadLetters: {
        add: async (_place, records: readonly LogRecord[]) => {
          for (const { value } of records) deadLetters.add(String(value))
        },
      },
      log: () => {},
    })
    const isOver = new Promise<void>((resolve) => {
      const end = () => {
        if (random.below(2) === 0) machine.kill()
        else machine.cutPower()
        resolve()
      }
      if (!isLast) machine.endAtChange(1 + random.below(80), end)
    })
    try {
      const limits = { bytesMax: 1e9, framesMax: 1e6, segmentBytes: 2_000 }
      const onFrames: Parameters<typeof Spool.open>[0]['onFrames'] = (frames) => drain.take(frames)
      const options = { host, folder: '/spool', limits, onFrames, log: () => {} }
      const spool = await Promise.race([Spool.open(options), isOver])
      if (spool === undefined) continue
      drain.start(spool)
      while (machine.isRunning && !(isLast && next % 100 === 0)) {
        const partition = random.below(partitions)
        const records = Array.from({ length: 1 + random.below(3) }, () => {
          const value = Buffer.from(`${next++}`)
          return { ...{ cluster: 'main', topic: 't', partition }, record: { key: null, value } }
        })
        const appending = spool.append(records).then(
          () => acknowledged.push(...records.map(({ record }) => String(record.value))),
          () => {},
        )
        if (random.below(3) === 0) await Promise.race([appending, isOver])
        else await clock.sleep(random.below(10))
      }
      if (isLast) {
        while (spooled > 0) await clock.sleep(10)
        await spool.close()
      }
    } catch (error) {
      // It was killed while it started.
      if (machine.isRunning) throw error
    } finally {
      drain.close()
      mayBeTwice += drain.mayBeTwice
    }
  }
  stop()
  return { stored: log.stored, acknowledged, deadLetters, mayBeTwice, isBad }
}

describe('the drain', () => {
  test('law: whoever is killed, and whatever is lost, what was acknowledged is in the log, once and in order', async () => {
    let events = 0
    for (let seed = 1; seed <= 150; seed++) {
      const { stored, acknowledged, deadLetters, mayBeTwice, isBad } = await play(seed)
      const all = new Set<string>()
      for (const texts of stored.values()) {
        const numbers = texts.map(Number)
        const isOrdered = numbers.every((n, at) => at === 0 || n > (numbers[at - 1] as number))
        assert.ok(isOrdered, `seed ${seed}: twice, or out of order: ${texts.join(' ')}`)
        for (const text of texts) all.add(text)
      }
      for (const text of acknowledged) {
        const isThere = isBad(text) ? deadLetters.has(text) : all.has(text)
        assert.ok(isThere, `seed ${seed}: ${text} is lost`)
      }
      for (const text of deadLetters) assert.ok(isBad(text), `seed ${seed}: ${text} was good`)
      assert.equal(mayBeTwice, 0, `seed ${seed}`)
      events += acknowledged.length
    }
    assert.ok(events > 5_000, `${events} events`)
  })
})
