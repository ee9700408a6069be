import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Disk, type Random, SimulatedDisk, seededRandom } from '@millrace/host'
import type { Field } from '../../src/plan/type.js'
import { batchParts, ColumnBatch } from '../../src/state/batch.js'
import type { StepEntry } from '../../src/state/entry.js'
import { StateError } from '../../src/state/errors.js'
import { Journal } from '../../src/state/journal.js'
import { KeyedTable } from '../../src/state/keyed-table.js'
import { applyChanges, type OperatorState } from '../../src/state/operator-state.js'
import { PaneStore } from '../../src/state/panes.js'
import { Slices } from '../../src/state/slices.js'
import { journalLimit } from '../../src/state/snapshot.js'
import { StateStore } from '../../src/state/store.js'

const fields: Field[] = [
  { name: 'window_start', type: { kind: 'timestamp', precision: 3, nullable: false } },
  { name: 'name', type: { kind: 'varchar', length: 100, nullable: true } },
  { name: 'n', type: { kind: 'bigint', nullable: false } },
]
const sizeMs = 1000
const operator = 'window'
const byKey = 'by key'

const tumbling = (size: number) => new Slices({ kind: 'tumble', sizeMs: size, offsetMs: 0 })

/** A state of each kind: windows, and rows by key. */
function emptyStates(): Map<string, OperatorState> {
  return new Map<string, OperatorState>([
    [operator, new PaneStore(fields, tumbling(sizeMs))],
    [byKey, new KeyedTable(fields, 1)],
  ])
}

/** Rows of the same columns, for other keys. */
function someRows(random: Random, count: number, columns = fields.length): ColumnBatch {
  const rows = new ColumnBatch(fields.slice(0, columns))
  for (let i = random.below(count); i > 0; i--) {
    rows.fixed(0).pushSafeInteger(random.below(9))
    if (columns === 1) continue
    rows.bytes(1).pushString('y'.repeat(random.below(20)))
    rows.fixed(2).pushSafeInteger(random.below(1000))
  }
  return rows
}

/** The step that follows `epoch`, from chance; never for a window that is closed. */
function nextStep(epoch: number, closedThroughMs: number, random: Random): StepEntry {
  const rows = new ColumnBatch(fields)
  const first = Math.max(0, Math.floor((closedThroughMs + 1) / sizeMs))
  for (let window = first; window < first + 3; window++) {
    for (let i = random.below(3); i > 0; i--) {
      rows.fixed(0).pushSafeInteger(window * sizeMs * 1000)
      if (random.below(4) === 0) rows.bytes(1).pushNull()
      else rows.bytes(1).pushString('x'.repeat(random.below(20)))
      rows.fixed(2).pushSafeInteger(random.below(1000))
    }
  }
  const closes = random.below(3) === 0
  return {
    epoch: epoch + 1,
    positions: [{ source: 'in', topic: 'in', partition: 0, offset: epoch * 10, maxTimeMs: epoch }],
    totals: { recordsIn: epoch * 10, recordsOut: epoch, late: 0, skipped: 0 },
    changes: [
      {
        state: operator,
        ...(rows.rowCount > 0 ? { rows } : {}),
        ...(closes ? { closedThroughMs: (first + 1) * sizeMs - 1 } : {}),
      },
      { state: byKey, rows: someRows(random, 6), removed: someRows(random, 4, 1) },
    ],
    openFiles: [],
    outbox: closes
      ? [
          {
            topic: 'out',
            partition: 1,
            timestampMs: 5,
            records: [
              { key: Buffer.from('k'), value: null },
              { key: null, value: random.bytes(9) },
            ],
          },
        ]
      : [],
  }
}

function rowsOf(batch: ColumnBatch): string[] {
  return Array.from({ length: batch.rowCount }, (_, row) => {
    const one = new ColumnBatch(batch.fields)
    one.appendRows(batch.columns, row, row + 1)
    return Buffer.concat(batchParts(one)).toString('hex')
  })
}

/** What a store remembers, to compare two; the outbox is compared by itself. */
function stateOf(
  states: ReadonlyMap<string, OperatorState>,
  standing: Omit<StepEntry, 'changes' | 'outbox'>,
) {
  const held = [...states].map(([name, state]) => {
    const { rows, closedThroughMs } = state.whole()
    const all = rows === undefined ? [] : rowsOf(rows)
    // Rows by key have no order.
    return [name, name === byKey ? all.sort() : all, String(closedThroughMs)]
  })
  const { epoch, positions, totals } = standing
  return JSON.stringify({ held, epoch, positions, totals })
}

function outboxText(store: StateStore): string | undefined {
  const entry = store.standing.lastOutbox?.entry
  return entry && textOf(entry)
}

function textOf(entry: StepEntry): string {
  const hex = (bytes: Uint8Array | null) => bytes && Buffer.from(bytes).toString('hex')
  return JSON.stringify(
    entry.outbox.map(({ records, ...part }) => ({
      ...part,
      records: records.map(({ key, value }) => [hex(key), hex(value)]),
    })),
  )
}

class OutOfPower extends Error {}

/** A disk that goes away at its nth write, sync or replacement, before or after it happened. */
function failingDisk(inner: Disk, failAt: number): Disk {
  let moments = 0
  const moment = () => {
    if (moments++ >= failAt) throw new OutOfPower('no power')
  }
  return {
    open: (path, options) => {
      const file = inner.open(path, options)
      return {
        size: () => file.size(),
        read: (position, target) => file.read(position, target),
        write: (position, bytes) => {
          moment()
          file.write(position, bytes)
          moment()
        },
        readInBackground: (position, targets) => file.readInBackground(position, targets),
        writeInBackground: async (position, bytes) => {
          moment()
          await file.writeInBackground(position, bytes)
          moment()
        },
        truncate: (size) => {
          moment()
          file.truncate(size)
        },
        sync: async () => {
          moment()
          await file.sync()
          moment()
        },
        close: () => file.close(),
      }
    },
    replaceFile: (path, bytes) => {
      moment()
      inner.replaceFile(path, bytes)
      moment()
    },
    lock: (path) => inner.lock(path),
    remove: (path) => {
      moment()
      inner.remove(path)
    },
    removeInBackground: async (path) => {
      moment()
      inner.remove(path)
    },
    readFile: (path) => inner.readFile(path),
    replaceFileInBackground: async (path, bytes) => {
      moment()
      await inner.replaceFileInBackground(path, bytes)
      moment()
    },
    exists: (path) => inner.exists(path),
    kind: (path) => inner.kind(path),
    modifiedMs: (path) => inner.modifiedMs(path),
    space: (path) => inner.space(path),
    list: (path) => inner.list(path),
    makeDirectory: (path) => inner.makeDirectory(path),
    rename: (from, to) => inner.rename(from, to),
    syncDirectory: (path) => inner.syncDirectory(path),
  }
}

/** What is under way in the background has met the end of the power too. */
async function backgroundEnds(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
}

describe('state store', () => {
  for (let seed = 1; seed <= 90; seed++) {
    it(`after a power cut holds every committed step, whole (seed ${seed})`, async () => {
      const random = seededRandom(seed)
      // A snapshot at every step, a page a slice; and all that can be on disk is there.
      const pace = { journalBytesMin: 1, sliceBytesMin: 1, slicePerJournal: 0 }
      const options = { pace, ...(seed % 3 === 0 && { spillFromBytes: 0 }) }
      const disk = new SimulatedDisk()
      const before: { state?: string; outbox?: string | undefined } = {}
      let underWay: { state?: string; outbox?: string | undefined } = {}
      for (let life = 0; life < 8; life++) {
        try {
          const store = await StateStore.open(
            failingDisk(disk, random.below(40)),
            '/job',
            emptyStates(),
            options,
          )
          const found = stateOf(store.states, store.standing)
          if (before.state !== undefined) {
            assert.ok([before.state, underWay.state].includes(found), `life ${life}: another state`)
            const outbox = found === before.state ? before.outbox : underWay.outbox
            // A snapshot may leave it out: it was published by then.
            if (store.standing.lastOutbox !== undefined) assert.equal(outboxText(store), outbox)
          }
          for (;;) {
            before.state = stateOf(store.states, store.standing)
            before.outbox = outboxText(store)
            underWay = before
            if (random.below(4) === 0) await store.snapshot()
            else if (random.below(2) === 0) await store.snapshotWhenDue()
            const closed = store.states.get(operator)?.whole().closedThroughMs ?? 0
            const step = nextStep(store.standing.epoch, closed, random)
            underWay = {
              state: stateOf(statesAfter(store, step), step),
              outbox: step.outbox.length > 0 ? textOf(step) : before.outbox,
            }
            await store.commit(step)
            assert.equal(stateOf(store.states, store.standing), underWay.state)
          }
        } catch (error) {
          if (!(error instanceof OutOfPower)) throw error
        }
        await backgroundEnds()
        disk.crash(random)
      }
    })
  }

  it('keeps the outbox of the last step that had one until a snapshot', async () => {
    const random = seededRandom(9)
    const disk = new SimulatedDisk()
    const store = await StateStore.open(disk, '/job', emptyStates())
    let step = nextStep(0, 0, random)
    while (step.outbox.length === 0) {
      await store.commit(step)
      step = nextStep(store.standing.epoch, 0, random)
    }
    await store.commit(step)
    const outbox = outboxText(store)
    const quiet = { ...nextStep(step.epoch, 10_000_000, random), outbox: [] }
    await store.commit(quiet)
    store.close()
    const again = await StateStore.open(disk, '/job', emptyStates())
    assert.equal(again.standing.lastOutbox?.epoch, step.epoch)
    assert.equal(outboxText(again), outbox)
    await again.snapshot()
    again.close()
    const last = await StateStore.open(disk, '/job', emptyStates())
    assert.equal(last.standing.lastOutbox, undefined)
    assert.equal(last.standing.epoch, quiet.epoch)
    const files = disk.list('/job').filter((name) => !name.startsWith('piece-'))
    assert.deepEqual(files, [`journal-${quiet.epoch}`, 'snapshot'])
  })

  /** The states as the step must leave them, from nothing but the store's present ones. */
  function statesAfter(store: StateStore, step: StepEntry): Map<string, OperatorState> {
    const states = emptyStates()
    const now = [...store.states].map(([state, each]) => ({ state, ...each.whole() }))
    applyChanges(states, [...now, ...step.changes])
    return states
  }

  it('refuses the state of another script, and says which operator differs', async () => {
    const disk = new SimulatedDisk()
    const store = await StateStore.open(disk, '/job', emptyStates())
    store.close()
    const other = emptyStates().set(operator, new PaneStore(fields, tumbling(sizeMs * 2)))
    await assert.rejects(
      StateStore.open(disk, '/job', other),
      (error: unknown) => error instanceof StateError && error.code === 'STATE_INCOMPATIBLE',
    )
  })

  it('takes over rows whose columns stand elsewhere, whenever the power goes', async () => {
    const [start, name, n] = fields as [Field, Field, Field]
    const table = (columns: Field[]) => new Map([[byKey, new KeyedTable(columns, 1)]])
    const rowOf = (columns: Field[], states: ReadonlyMap<string, OperatorState>) => {
      const rows = states.get(byKey)?.whole().rows ?? new ColumnBatch(columns)
      const at = (field: Field) => columns.indexOf(field)
      const texts = Array.from({ length: rows.rowCount }, (_, row) =>
        [rows.fixed(at(start)).numberAt(row), rows.fixed(at(n)).numberAt(row)].join(' '),
      )
      return texts.sort()
    }
    const before = [start, name, n]
    const after = [start, n, name]
    for (let failAt = 0; failAt < 30; failAt++) {
      const disk = new SimulatedDisk()
      const random = seededRandom(failAt)
      const store = await StateStore.open(disk, '/job', table(before))
      for (let epoch = 0; epoch < 5; epoch++) {
        const step = nextStep(epoch, 0, random)
        await store.commit({ ...step, changes: step.changes.slice(1), outbox: [] })
      }
      const wanted = rowOf(before, store.states)
      assert.ok(wanted.length > 0)
      store.close()
      try {
        const moved = await StateStore.open(failingDisk(disk, failAt), '/job', table(after))
        assert.deepEqual(rowOf(after, moved.states), wanted)
        await moved.begin()
        moved.close()
      } catch (error) {
        if (!(error instanceof OutOfPower)) throw error
      }
      await backgroundEnds()
      disk.crash(random)
      const again = await StateStore.open(disk, '/job', table(after))
      assert.deepEqual(rowOf(after, again.states), wanted)
      assert.equal(again.standing.epoch, 5)
      again.close()
    }
  })

  it('takes over windows that lie on disk without holding all of them in memory', async () => {
    const [start, name, n] = fields as [Field, Field, Field]
    const states = (columns: Field[]) => {
      return new Map([[operator, new PaneStore(columns, tumbling(sizeMs))]])
    }
    const disk = new SimulatedDisk()
    const spillFromBytes = 4096
    const store = await StateStore.open(disk, '/job', states([start, name, n]), { spillFromBytes })
    for (let window = 0; window < 40; window++) {
      const rows = new ColumnBatch([start, name, n])
      for (let i = 0; i < 30; i++) {
        rows.fixed(0).pushSafeInteger(window * sizeMs * 1000)
        rows.bytes(1).pushString('x'.repeat(20))
        rows.fixed(2).pushSafeInteger(i)
      }
      const step = nextStep(window, 0, seededRandom(1))
      await store.commit({ ...step, outbox: [], changes: [{ state: operator, rows }] })
    }
    await store.snapshot()
    const wanted = store.states.get(operator)?.whole().rows?.rowCount
    await store.close()
    const taken = states([start, n, name])
    const [pane] = [...taken.values()]
    let sizeMax = 0
    const apply = pane?.apply.bind(pane)
    if (pane !== undefined) {
      pane.apply = (change) => {
        apply?.(change)
        sizeMax = Math.max(sizeMax, pane.sizeBytes)
      }
    }
    const again = await StateStore.open(disk, '/job', taken, { spillFromBytes })
    await again.begin()
    assert.ok(sizeMax > 0 && sizeMax < 3 * spillFromBytes, `${sizeMax} bytes`)
    assert.equal(again.states.get(operator)?.whole().rows?.rowCount, wanted)
    await again.close()
  })

  it('refuses a journal that is damaged before its end', async () => {
    const disk = new SimulatedDisk()
    disk.makeDirectory('/j')
    const journal = await Journal.open(disk, '/j/journal', () => {})
    for (const text of ['one', 'two', 'three']) await journal.append([Buffer.from(text)])
    journal.close()
    const file = disk.open('/j/journal')
    file.write(8 + 3 + 8, Buffer.from('X'))
    await file.sync()
    await assert.rejects(
      Journal.open(disk, '/j/journal', () => {}),
      (error: unknown) => error instanceof StateError && error.code === 'JOURNAL_DAMAGED',
    )
  })

  it('cuts what is torn at the end of a journal', async () => {
    const disk = new SimulatedDisk()
    disk.makeDirectory('/j')
    const journal = await Journal.open(disk, '/j/journal', () => {})
    for (const text of ['one', 'two']) await journal.append([Buffer.from(text)])
    journal.close()
    const size = disk.open('/j/journal').size()
    for (let cut = size - 1; cut > 11; cut--) {
      disk.open('/j/journal').truncate(cut)
      const found: string[] = []
      const again = await Journal.open(disk, '/j/journal', (entry) => found.push(String(entry)))
      assert.deepEqual(found, ['one'])
      await again.append([Buffer.from('two')])
      again.close()
    }
  })
})

describe('a snapshot', () => {
  const mebibyte = 2 ** 20

  it('is due when the journal costs more than to write it, and before a start takes long', () => {
    const limit = (writtenBytes: number) => journalLimit({ writtenBytes, states: {} })
    assert.equal(limit(0), 16 * mebibyte)
    assert.equal(limit(256 * mebibyte), 64 * mebibyte)
    assert.equal(limit(10_000 * mebibyte), 2048 * mebibyte)
  })
})
