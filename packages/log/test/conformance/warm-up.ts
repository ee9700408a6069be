import { setTimeout as pause } from 'node:timers/promises'
import { findCoordinator, initProducerId, offsetFetch } from '../../src/protocol/apis.js'
import { Wire } from './wire.js'

/** Asks until a broker has its own topics, and coordinates groups and transactions. */
export async function warmUp(bootstrap: string): Promise<void> {
  const wire = new Wire(bootstrap)
  const isReady = async () => {
    for (const keyType of [0, 1]) {
      const coordinator = await wire.ask(findCoordinator, 4, {
        keyType,
        coordinatorKeys: ['warm-up'],
      })
      if (coordinator.coordinators[0]?.errorCode !== 0) return false
    }
    const groups = [{ groupId: 'warm-up', topics: null }]
    const offsets = await wire.ask(offsetFetch, 8, { groups })
    if (offsets.groups[0]?.errorCode !== 0) return false
    const transactionalId = 'warm-up'
    const producer = await wire.ask(initProducerId, 4, {
      transactionalId,
      transactionTimeoutMs: 1000,
    })
    return producer.errorCode === 0
  }
  for (let attempt = 0; !(await isReady()); attempt++) {
    if (attempt === 300) throw new Error(`${bootstrap} does not coordinate groups.`)
    await pause(50)
  }
  wire.close()
}
