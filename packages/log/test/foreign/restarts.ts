import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { realHost } from '@millrace/host'
import type { BrokerProcess } from '../broker-process.js'
import type { Stage } from './flavour.js'

export async function restartScenarios(
  t: TestContext,
  { client }: Stage,
  broker: BrokerProcess,
): Promise<void> {
  await t.test(
    'an idempotent producer writes once and in order while the broker is killed',
    async () => {
      const topic = 'restarts'
      await client.ask('createTopic', { topic, partitions: 1 })
      await client.producer(topic, { idempotent: true })
      let working = true
      let sent = 0
      const sending = (async () => {
        while (working) {
          const values = Array.from({ length: 20 }, () => `value ${sent++}`)
          await client.send(
            topic,
            topic,
            values.map((value) => ({ partition: 0, timestamp: 0, key: null, value, headers: [] })),
          )
        }
      })()
      for (let kills = 0; kills < 3; kills++) {
        await realHost.clock.sleep(200)
        await broker.kill()
        await broker.start()
      }
      await realHost.clock.sleep(200)
      working = false
      await sending
      const read = await client.read(topic, sent)
      assert.deepEqual(
        read.map(({ offset, value }) => [offset, value]),
        Array.from({ length: sent }, (_, at) => [at, `value ${at}`]),
      )
      assert.deepEqual(await client.ask('offsets', { topic, at: 'latest' }), [sent])
      t.diagnostic(`${sent} records, 3 kills`)
    },
  )
}
