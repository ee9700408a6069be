import assert from 'node:assert/strict'
import { type Attempt, type History, nameOf } from './history.js'
import type { Seen, Written } from './model-reader.js'

/** What is there at the end. */
export interface Ending {
  /** By partition: what a committed reader sees, and what lies in the log. */
  committed: readonly (readonly Seen[])[]
  written: readonly (readonly Written[])[]
  /** By transactional id, the offset that went with its transactions. */
  offsets: ReadonlyMap<string, number>
}

export function check(history: History, ending: Ending): void {
  const last = new Map<string, number>()
  const seenOnce = new Map<string, number>()
  for (const seen of ending.committed) {
    const values = seen.map((each) => each.value)
    assert.equal(new Set(values).size, values.length, 'a record is written once')
    for (const { value } of seen) seenOnce.set(value, (seenOnce.get(value) ?? 0) + 1)
    checkOrder(values)
  }
  for (const attempt of history.attempts) {
    if (checkWhole(attempt, ending.committed)) last.set(attempt.transactionalId, attempt.number)
  }
  for (const batches of ending.written) checkSequences(batches)
  for (const value of history.forbidden) {
    for (const batches of ending.written) {
      assert.ok(!batches.some((each) => each.values.includes(value)), `${value} was taken`)
    }
  }
  checkFences(history, ending.written)
  checkOffsets(history.attempts, ending)
}

/** All that was acknowledged of a committed transaction is seen, nothing of an aborted one. */
function checkWhole(attempt: Attempt, committed: Ending['committed']): boolean {
  const prefix = `${attempt.transactionalId} ${attempt.number} `
  const seen = committed.map((each) =>
    each.map(({ value }) => value).filter((value) => value.startsWith(prefix)),
  )
  const isSeen = seen.some((values) => values.length > 0)
  if (attempt.outcome === 'aborted') assert.deepEqual(seen.flat(), [], `${prefix}was aborted`)
  if (attempt.outcome === 'committed') assert.ok(isSeen, `${prefix}was committed`)
  if (!isSeen) return false
  const acknowledged = committed.map((_, partition) => attempt.values.get(partition) ?? [])
  assert.deepEqual(seen, acknowledged, `${prefix}is whole`)
  return true
}

/** Records of one producer are in the order of its transactions, and within them in its own. */
function checkOrder(values: readonly string[]): void {
  const last = new Map<string, [number, string]>()
  for (const value of values) {
    const [id = '', number = '', place = ''] = value.split(' ')
    const [lastNumber, lastPlace] = last.get(id) ?? [-1, '']
    assert.ok(Number(number) >= lastNumber, `${value} comes after ${id} ${lastNumber}`)
    assert.ok(Number(number) > lastNumber || placeOrder(place, lastPlace) > 0, value)
    last.set(id, [Number(number), place])
  }
}

/** Batches are sent from the last number down to 0, records from 0 on. */
function placeOrder(left: string, right: string): number {
  const [, leftBatch = 0, leftAt = 0] = left.split('.').map(Number)
  const [, rightBatch = 0, rightAt = 0] = right.split('.').map(Number)
  return rightBatch - leftBatch || leftAt - rightAt
}

/** Within an epoch sequence numbers are dense from 0 on, and epochs never go back. */
function checkSequences(batches: readonly Written[]): void {
  const next = new Map<string, number>()
  const epochs = new Map<number, number>()
  for (const batch of batches) {
    const name = nameOf(batch)
    assert.equal(batch.baseSequence, next.get(name) ?? 0, `sequence numbers of ${name}`)
    next.set(name, batch.baseSequence + batch.values.length)
    assert.ok(batch.producerEpoch >= (epochs.get(batch.producerId) ?? 0), `epochs of ${name}`)
    epochs.set(batch.producerId, batch.producerEpoch)
  }
}

function checkFences({ fences }: History, written: Ending['written']): void {
  for (const { given, endOffsets } of fences) {
    for (const [partition, batches] of written.entries()) {
      for (const batch of batches) {
        const isOlder =
          batch.producerId === given.producerId && batch.producerEpoch < given.producerEpoch
        if (!isOlder) continue
        const before = `${nameOf(batch)} wrote after ${nameOf(given)} was given`
        assert.ok(batch.baseOffset < (endOffsets[partition] ?? 0), before)
      }
    }
  }
}

/** A group's offset is that of the last transaction that had one and is seen. */
function checkOffsets(attempts: readonly Attempt[], { committed, offsets }: Ending): void {
  const isSeen = ({ transactionalId, number }: Attempt) =>
    committed.some((seen) =>
      seen.some(({ value }) => value.startsWith(`${transactionalId} ${number} `)),
    )
  for (const [transactionalId, offset] of offsets) {
    const expected = attempts
      .filter((each) => each.transactionalId === transactionalId && each.hasOffset)
      .filter(isSeen)
      .at(-1)
    assert.equal(offset, expected?.number ?? -1, `the offset of ${transactionalId}`)
  }
}
