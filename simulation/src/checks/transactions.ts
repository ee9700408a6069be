import type { Audit } from '../audit.js'
import type { Ledger, SentTransaction } from '../ledger.js'
import type { Check } from './index.js'

/**
 * Transactions end once, and are seen whole or not at all: what was committed in the order of the
 * commits, nothing of what was aborted, by no reader at no time.
 */
export const checkTransactions: Check = (audit, ledger) => {
  for (const [at, partition] of audit.partitions.entries()) checkMarkers(at, partition, ledger)
  const visible = new Set<string>()
  for (const { committed } of audit.partitions)
    for (const { value } of committed) visible.add(value)
  for (const transaction of ledger.transactions) checkWhole(transaction, visible, ledger)
  for (const value of ledger.committedSeen) {
    if (visible.has(value)) continue
    ledger.fail('read_committed shows what is committed', `${value} was seen, and is not there`)
  }
  checkOrder(audit, ledger)
}

/** What the markers in the log say is visible must be what readers are given. */
function checkMarkers(at: number, partition: Audit['partitions'][number], ledger: Ledger): void {
  const { entries, committed, stableOffset, endOffset } = partition
  const open = new Map<number, { offset: number; value: string }[]>()
  const visible: { offset: number; value: string }[] = []
  for (const { kind, offset, value, producerId, isTransactional } of entries) {
    if (kind === 'record') {
      const target = isTransactional ? (open.get(producerId) ?? []) : visible
      if (isTransactional) open.set(producerId, target)
      target.push({ offset, value })
      continue
    }
    const ended = open.get(producerId)
    if (ended === undefined) {
      const detail = `partition ${at}, offset ${offset}: ${kind} of producer ${producerId}, which has none open`
      ledger.fail('a transaction ends once', detail)
    } else if (kind === 'commit') {
      visible.push(...ended)
    }
    open.delete(producerId)
  }
  for (const [producerId, left] of open) {
    const detail = `partition ${at}: that of producer ${producerId} is open from ${left[0]?.offset} on`
    ledger.fail('no transaction stays open', detail)
  }
  if (stableOffset !== endOffset && open.size === 0) {
    const detail = `partition ${at}: stable to ${stableOffset} of ${endOffset}, and nothing is open`
    ledger.fail('no transaction stays open', detail)
  }
  visible.sort((left, right) => left.offset - right.offset)
  const expected = visible.map(({ offset, value }) => `${offset} ${value}`).join()
  const given = committed.map(({ offset, value }) => `${offset} ${value}`).join()
  if (open.size === 0 && expected !== given) {
    const detail = `partition ${at}: committed are ${expected}; readers get ${given}`
    ledger.fail('read_committed shows what is committed', detail)
  }
}

function checkWhole(transaction: SentTransaction, visible: Set<string>, ledger: Ledger): void {
  const values = transaction.sends.flatMap((send) => send.values)
  const there = values.filter((value) => visible.has(value)).length
  const named = `${values[0] ?? 'an empty one'} of ${transaction.sender}: ${there} of ${values.length} records`
  if (transaction.outcome === 'aborted' && there > 0) {
    ledger.fail('nothing of an aborted transaction is seen', named)
  }
  if (transaction.isTorn) return
  if (transaction.outcome === 'committed' && there < values.length) {
    ledger.fail('a committed transaction is there', named)
  } else if (there > 0 && there < values.length) {
    ledger.fail('a transaction is whole or not there', named)
  }
}

/** Those of one transactional id follow one another, over all its holders. */
function checkOrder(audit: Audit, ledger: Ledger): void {
  const transactionOf = new Map<string, SentTransaction>()
  for (const transaction of ledger.transactions) {
    for (const value of transaction.sends.flatMap((send) => send.values)) {
      transactionOf.set(value, transaction)
    }
  }
  for (const [at, { committed }] of audit.partitions.entries()) {
    const last = new Map<string, number>()
    for (const { offset, value } of committed) {
      const transaction = transactionOf.get(value)
      if (transaction === undefined) continue
      const { sender, order } = transaction
      if (order < (last.get(sender) ?? -1)) {
        const detail = `partition ${at}, offset ${offset}: ${value} comes after a later one`
        ledger.fail('transactions keep their order', detail)
      }
      last.set(sender, order)
    }
  }
}
