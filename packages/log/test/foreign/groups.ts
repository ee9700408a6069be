import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { eventually } from '../broker-harness.js'
import type { DescribedGroup, Stage } from './flavour.js'
import { type ForeignRecord, type Member, untilShared } from './foreign-client.js'

const partitions = 4

export async function groupScenarios(t: TestContext, stage: Stage): Promise<void> {
  const { flavour, client } = stage
  let written = 0

  /** Writes into all partitions, and waits until the members have read it. */
  async function writeAndRead(topic: string, members: readonly Member[]): Promise<void> {
    const records = Array.from(
      { length: partitions },
      (_, partition): ForeignRecord => ({
        partition,
        timestamp: 1_700_000_000_000,
        key: null,
        value: `value ${written++}`,
        headers: [],
      }),
    )
    await client.send(topic, topic, records)
    await eventually(() => {
      const read = new Set(members.flatMap((member) => member.read.map(({ value }) => value)))
      return records.every(({ value }) => read.has(value)) || undefined
    }, 60_000)
  }

  for (const [name, options] of Object.entries(flavour.groups)) {
    await t.test(`members come, go and die: ${name}`, async (t) => {
      const topic = `groups-${name}`
      await client.ask('createTopic', { topic, partitions })
      await client.producer(topic)
      const first = await client.join(`${topic}-first`, topic, topic, options)
      await untilShared([first], [4])
      await writeAndRead(topic, [first])

      const second = await client.join(`${topic}-second`, topic, topic, options)
      await untilShared([first, second], [2, 2])
      await writeAndRead(topic, [first, second])

      const mortal = stage.another(t)
      const third = await mortal.join('third', topic, topic, options)
      await untilShared([first, second, third], [2, 1, 1])
      await writeAndRead(topic, [first, second, third])
      await mortal.kill()
      await untilShared([first, second], [2, 2])
      await writeAndRead(topic, [first, second])

      await second.leave()
      await untilShared([first], [4])
      await writeAndRead(topic, [first])
      const described = await client.ask<DescribedGroup>('describeGroup', { group: topic })
      assert.equal(described.state, 'Stable')
      assert.equal(described.members, 1)
      // kafkajs does not know that there are types.
      const { protocol = 'classic' } = options
      assert.equal(described.type ?? protocol, protocol)
      await first.leave()

      // Whoever reads next goes on where they ended.
      const later = await client.join(`${topic}-later`, topic, topic, options)
      await untilShared([later], [4])
      await writeAndRead(topic, [later])
      assert.equal(later.read.length, partitions)
      await later.leave()
    })
  }

  if (!flavour.hasStaticMembers) return
  await t.test('a static member that comes back has its partitions', async (t) => {
    const topic = 'static'
    await client.ask('createTopic', { topic, partitions })
    await client.producer(topic)
    const first = await client.join('static-first', topic, topic, { instanceId: 'one' })
    const mortal = stage.another(t)
    const second = await mortal.join('second', topic, topic, { instanceId: 'two' })
    await untilShared([first, second], [2, 2])
    await writeAndRead(topic, [first, second])
    const before = second.partitions
    await mortal.kill()
    const reborn = stage.another(t)
    const third = await reborn.join('third', topic, topic, { instanceId: 'two' })
    await untilShared([first, third], [2, 2])
    assert.deepEqual(third.partitions, before)
    await writeAndRead(topic, [first, third])
    await first.leave()
    await third.leave()
  })
}
