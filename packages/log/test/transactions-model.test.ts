import assert from 'node:assert/strict'
import test from 'node:test'
import { runSimulation } from '@millrace/host'
import { check } from './transactions-model/checks.js'
import { ModelProducer } from './transactions-model/model-producer.js'
import {
  committedOffset,
  isStable,
  ModelReader,
  written,
} from './transactions-model/model-reader.js'
import { ModelWorld, partitions } from './transactions-model/model-world.js'
import { haunt, type Sent } from './transactions-model/zombie.js'

const seeds = Number(process.env.MILLRACE_SEEDS ?? 20)
const first = Number(process.env.MILLRACE_SEED ?? 1)
const restarts = 3
const transactionsEach = 12
const stableWithinMs = 60_000

/** Runs `story` on the world's clock to its end. */
async function told(world: ModelWorld, story: () => Promise<void>): Promise<void> {
  let isOver = false
  let failure: unknown
  story()
    .catch((cause: unknown) => {
      failure = cause
    })
    .finally(() => {
      isOver = true
    })
  await runSimulation(world.clock, () => isOver)
  if (failure !== undefined) throw failure
  assert.ok(isOver, 'the story comes to its end')
}

async function play(world: ModelWorld): Promise<void> {
  await world.start()
  await world.makeTopic()
  let isOver = false
  const sent: Sent[] = []
  // By the first protocol a request of the past may do harm, so nobody repeats those; and two who
  // hold one id are the zombies of one another.
  const writers = [
    new ModelProducer(world, 'one', 2, sent),
    new ModelProducer(world, 'one', 2, sent),
    new ModelProducer(world, 'two', 2, sent),
    new ModelProducer(world, 'old', 1),
    new ModelProducer(world, 'old', 1),
  ]
  const readers = partitions.map((partition) => new ModelReader(world, partition))
  const others = [
    haunt(world, sent, () => isOver),
    ...readers.map((reader) => reader.follow(() => isOver)),
    (async () => {
      for (let at = 0; at < restarts && !isOver; at++) {
        await world.sleep(1000 + world.random.below(4000))
        await world.restart(world.random.below(3) === 0)
      }
    })(),
  ]
  await Promise.all(writers.map((writer) => writer.run(transactionsEach)))
  isOver = true
  await Promise.all(others)

  const end = world.clock.monotonic() + stableWithinMs
  for (const partition of partitions) {
    while (!(await isStable(world, partition))) {
      assert.ok(world.clock.monotonic() < end, 'no transaction stays open')
      await world.sleep(500)
    }
  }
  const committed = []
  for (const [partition, reader] of readers.entries()) {
    while (await reader.poll(100_000));
    const again = new ModelReader(world, partition)
    while (await again.poll(100_000));
    assert.deepEqual(reader.seen, again.seen, 'what was read stays so')
    committed.push(again.seen)
  }
  const log = []
  for (const partition of partitions) log.push(await written(world, partition))
  const offsets = new Map<string, number>()
  for (const id of ['one', 'two', 'old']) offsets.set(id, await committedOffset(world, id))
  check(world.history, { committed, written: log, offsets })
}

const totals = new Map<string, number>()

for (let seed = first; seed < first + seeds; seed++) {
  test(`law: transactions are whole, in order and fenced, whatever is sent again, seed ${seed}`, async () => {
    const world = new ModelWorld(seed)
    await told(world, () => play(world))
    for (const [what, count] of world.history.counts) {
      totals.set(what, (totals.get(what) ?? 0) + count)
    }
  })
}

test('the model has met what it is about', (t) => {
  t.diagnostic([...totals].map(([what, count]) => `${count} ${what}`).join(', '))
  if (seeds < 10) return
  for (const what of [
    'committed',
    'aborted',
    'duplicates',
    'gaps refused',
    'requests of the past',
  ]) {
    assert.ok((totals.get(what) ?? 0) >= 10, what)
  }
})
