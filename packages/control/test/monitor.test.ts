import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lagWhile } from '../src/api/monitor.js'

test('a stage that does not run has no lag, whatever was measured last', () => {
  assert.deepEqual(lagWhile('running', { lag: 0 }), { lag: 0 })
  for (const status of ['starting', 'restarting', 'failed', 'finished'] as const) {
    assert.deepEqual(lagWhile(status, { lag: 0 }), {})
  }
})
