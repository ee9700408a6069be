import type { Send } from '../ledger.js'
import type { Check } from './index.js'

/**
 * Every record is there once at most, with all others of its send, one after another; and those
 * of a sender that were acknowledged are in the order in which they were sent.
 */
export const checkOnce: Check = ({ partitions }, ledger) => {
  const sendOf = new Map<string, Send>()
  for (const send of ledger.sends) for (const value of send.values) sendOf.set(value, send)
  for (const [at, { entries }] of partitions.entries()) {
    const offsets = new Map<string, number>()
    const lastOrder = new Map<string, number>()
    for (const { kind, value, offset } of entries) {
      if (kind !== 'record') continue
      const named = `${value.slice(0, 40)} in partition ${at}`
      const send = sendOf.get(value)
      if (send === undefined || send.partition !== at) {
        ledger.fail('what is there was sent', `${named}, offset ${offset}, was not`)
        continue
      }
      const before = offsets.get(value)
      if (before !== undefined) {
        ledger.fail('a record is written once', `${named} is at ${before} and at ${offset}`)
      }
      offsets.set(value, offset)
      if (send.outcome !== 'acknowledged') continue
      if (send.order < (lastOrder.get(send.sender) ?? -1)) {
        ledger.fail('records keep their order', `${named} comes after what was sent later`)
      }
      lastOrder.set(send.sender, send.order)
    }
    for (const send of ledger.sends) {
      if (send.partition !== at) continue
      const there = send.values.map((value) => offsets.get(value))
      const [first] = there
      const isWhole = there.every((offset, index) =>
        first === undefined ? offset === undefined : offset === first + index,
      )
      if (isWhole) continue
      const detail = `${send.values[0]?.slice(0, 40)}: its ${there.length} records are at ${there}`
      ledger.fail('a batch is written whole', detail)
    }
  }
}
