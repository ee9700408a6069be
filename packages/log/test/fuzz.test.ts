import assert from 'node:assert/strict'
import test from 'node:test'
import { BrokerTarget } from './fuzz/broker-target.js'
import { DecoderTarget } from './fuzz/decoder-target.js'

test('mutated requests are decoded or refused, never anything else', () => {
  const target = new DecoderTarget()
  for (let seed = 1; seed <= 100_000; seed++) target.run(seed)
  const { requests, decoded, refused } = target.counts
  assert.equal(decoded + refused, requests)
  assert.ok(decoded > requests / 20 && refused > requests / 20, JSON.stringify(target.counts))
})

test('a broker that is sent anything foresees it, and serves the others', async () => {
  const target = new BrokerTarget()
  for (let seed = 1; seed <= 10_000; seed++) await target.run(seed)
  await target.close()
  const { answers, connectionsEnded } = target.counts
  assert.ok(answers > 1000 && connectionsEnded > 1000, JSON.stringify(target.counts))
})
