import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Random, seededRandom } from '@millrace/host'
import { CorruptBatchError } from '../src/errors.js'
import { batchField } from '../src/records/batch-header.js'
import { encodeBatch } from '../src/records/encode-batch.js'
import { joinBatches } from '../src/records/join-batches.js'
import type { LogRecord } from '../src/records/record.js'

function someRecords(random: Random, sizeMax: number): LogRecord[] {
  const bytes = () => (random.below(5) === 0 ? null : random.bytes(random.below(sizeMax)))
  return Array.from({ length: 1 + random.below(100) }, () => ({
    key: bytes(),
    value: bytes(),
    headers: Array.from({ length: random.below(3) }, (_, nth) => ({
      key: `h${nth}`,
      value: bytes(),
    })),
    // Far apart, and in no order: deltas of any size and sign.
    timestamp: random.below(3) === 0 ? random.below(1e9) * 4_000 : 1_767_225_600_000,
  }))
}

test('law: what is joined is, to the byte, what is encoded at once', () => {
  for (let seed = 1; seed <= 300; seed++) {
    const random = seededRandom(seed)
    const options = { producerId: random.below(10) - 1, baseSequence: random.below(100) - 1 }
    const parts = Array.from({ length: 1 + random.below(8) }, () =>
      someRecords(random, seed % 10 === 0 ? 20_000 : 80),
    )
    const joined = joinBatches(parts.map((records) => encodeBatch(records, options)))
    assert.ok(joined.equals(encodeBatch(parts.flat(), options)), `seed ${seed}`)
  }
})

test('what is compressed or damaged is not joined', () => {
  const random = seededRandom(1)
  const one = () => encodeBatch(someRecords(random, 80))
  const compressed = encodeBatch(someRecords(random, 80), { compression: 'gzip' })
  assert.throws(() => joinBatches([one(), compressed]), /compressed with gzip/)
  assert.throws(() => joinBatches([]), TypeError)
  const cut = one()
  assert.throws(() => joinBatches([one(), cut.subarray(0, cut.length - 1)]), CorruptBatchError)
  const more = one()
  more.writeInt32BE(more.readInt32BE(batchField.recordCount) + 1, batchField.recordCount)
  assert.throws(() => joinBatches([one(), more]), CorruptBatchError)
  const fewer = Buffer.concat([encodeBatch([{ key: null, value: null }]), Buffer.alloc(3)])
  fewer.writeInt32BE(fewer.readInt32BE(batchField.length) + 3, batchField.length)
  assert.throws(() => joinBatches([one(), fewer]), CorruptBatchError)
})
