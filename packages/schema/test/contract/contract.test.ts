/** The contract against our own registry: there must be no difference. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { TestRegistry } from '../test-registry.js'
import { Contract } from './contract.js'
import { scenarios } from './scenarios.js'

describe('the contract of the registry', () => {
  for (const [name, play] of Object.entries(scenarios)) {
    test(name, async () => {
      const fixture = new TestRegistry()
      try {
        const { url } = await fixture.start()
        const contract = new Contract(url, name)
        await play(contract)
        assert.deepEqual(contract.differences, [])
      } finally {
        await fixture.remove()
      }
    })
  }
})
