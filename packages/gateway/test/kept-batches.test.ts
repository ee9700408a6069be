import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '@millrace/host'
import { batchBytesMax, spoolKeptPages } from '../src/limits.js'
import { type KeptBatch, KeptBatches } from '../src/spool/kept-batches.js'

test('a batch is what it was until it is let go, whichever others come and go', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const random = seededRandom(seed)
    const batches = new KeptBatches()
    const held: { batch: Buffer; kept: KeptBatch }[] = []
    for (let step = 0; step < 300; step++) {
      const batch = Buffer.alloc(1 + random.below(batchBytesMax / 4), step)
      const kept = batches.keep(batch)
      if (kept !== undefined) held.push({ batch, kept })
      else assert.ok(held.length > spoolKeptPages, 'it is full, so it holds something')
      while (held.length > 0 && (kept === undefined || random.below(3) === 0)) {
        const [gone] = held.splice(random.below(held.length), 1) as [(typeof held)[number]]
        const { batch, kept } = gone
        assert.ok(batches.read(kept, batch.length).equals(batch), `seed ${seed}, step ${step}`)
        batches.letGo(kept)
        if (random.below(4) > 0) break
      }
    }
  }
})

test('no more is kept than there is room for, and all of the room comes back', () => {
  const batches = new KeptBatches()
  const page = Buffer.alloc(batchBytesMax, 7)
  for (let round = 0; round < 3; round++) {
    const kept: KeptBatch[] = []
    for (let nth = 0; nth < spoolKeptPages; nth++) kept.push(batches.keep(page) as KeptBatch)
    assert.ok(kept.every((each) => each !== undefined))
    assert.equal(batches.keep(Buffer.alloc(1)), undefined)
    for (const each of kept) batches.letGo(each)
  }
  assert.equal(batches.keep(Buffer.alloc(batchBytesMax + 1)), undefined, 'larger than a page')
})
