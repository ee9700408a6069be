import type { Disk } from '@millrace/host'
import type { Field } from '../plan/type.js'
import { readEntry, type SourcePosition, type StepEntry, type Totals, writeEntry } from './entry.js'
import { StateError } from './errors.js'
import { Journal } from './journal.js'
import { journalBytesMin, journalPerSnapshot, stateBytesMax } from './limits.js'
import { applyChanges, type OperatorState, stateNamed } from './operator-state.js'
import { readSnapshot, writeSnapshot } from './snapshot.js'

/**
 * All that a job must remember, in one folder: `snapshot` (the state after some epoch E, and the
 * layout of every operator's rows) and `journal-E` (the steps after it).
 *
 * Invariants:
 * - What is in memory is the snapshot with the journal's entries applied, in order; `commit`
 *   applies an entry only after it is durable, by the same code that recovery uses.
 * - The snapshot names its journal by the epoch, so that taking one needs a single atomic
 *   replacement: before it the old pair counts, after it the new one.
 * - A snapshot is taken only between steps, when the last outbox is known to be published; so it
 *   never has to hold one.
 */
export class StateStore {
  readonly states: ReadonlyMap<string, OperatorState>
  private readonly disk: Disk
  private readonly directory: string
  private journal: Journal
  private snapshotBytes: number
  private last: Standing

  private constructor(
    disk: Disk,
    directory: string,
    states: ReadonlyMap<string, OperatorState>,
    opened: { journal: Journal; snapshotBytes: number; last: Standing },
  ) {
    this.disk = disk
    this.directory = directory
    this.states = states
    this.journal = opened.journal
    this.snapshotBytes = opened.snapshotBytes
    this.last = opened.last
  }

  /**
   * Reads what the folder holds into `states`, which are empty, by name. Throws a
   * `StateError` when it is damaged or was written for operators of another layout.
   */
  static async open(
    disk: Disk,
    directory: string,
    states: ReadonlyMap<string, OperatorState>,
  ): Promise<StateStore> {
    disk.makeDirectory(directory)
    const layout = layoutOf(states)
    if (!disk.exists(`${directory}/snapshot`)) {
      writeSnapshot(disk, `${directory}/snapshot`, snapshotPayload(layout, emptyEntry))
      disk.syncDirectory(directory)
    }
    const snapshot = readSnapshot(disk, `${directory}/snapshot`) ?? Buffer.alloc(0)
    const layoutEnd = 4 + snapshot.readUInt32LE(0)
    refuseOtherLayout(snapshot.toString('utf8', 4, layoutEnd), layout, directory)

    const stateOf = (name: string) => stateNamed(states, name)
    const first = readEntry(snapshot.subarray(layoutEnd), stateOf)
    applyChanges(states, first.changes)
    let last = standingAfter(undefined, first)
    const name = journalName(first.epoch)
    const journal = await Journal.open(disk, `${directory}/${name}`, (payload) => {
      const entry = readEntry(payload, stateOf)
      applyChanges(states, entry.changes)
      last = standingAfter(last, entry)
    })
    removeOtherJournals(disk, directory, name)
    disk.syncDirectory(directory)
    return new StateStore(disk, directory, states, {
      journal,
      snapshotBytes: snapshot.length,
      last,
    })
  }

  /** Where the job stands after its last committed step. */
  get standing(): Standing {
    return this.last
  }

  /** Makes the step durable, then visible. After a failure the store must be opened anew. */
  async commit(entry: StepEntry): Promise<void> {
    if (entry.epoch !== this.last.epoch + 1)
      throw new RangeError(`epoch ${entry.epoch} is not next`)
    await this.journal.append(writeEntry(entry))
    applyChanges(this.states, entry.changes)
    this.last = standingAfter(this.last, entry)
    this.refuseTooLarge()
  }

  /** Takes a snapshot and starts a new journal when the journal has grown enough for it. */
  async snapshotWhenDue(): Promise<void> {
    const limit = Math.max(journalBytesMin, this.snapshotBytes * journalPerSnapshot)
    if (this.journal.sizeBytes >= limit) await this.snapshot()
  }

  /** Only when the last outbox was published. */
  async snapshot(): Promise<void> {
    const { epoch, positions, totals } = this.last
    if (this.journal.sizeBytes === 0) return
    const changes = [...this.states].map(([state, each]) => ({ state, ...each.whole() }))
    const payload = snapshotPayload(layoutOf(this.states), {
      epoch,
      positions,
      totals,
      changes,
      outbox: [],
    })
    const next = await Journal.open(this.disk, `${this.directory}/${journalName(epoch)}`, () => {})
    writeSnapshot(this.disk, `${this.directory}/snapshot`, payload)
    this.disk.syncDirectory(this.directory)
    this.journal.close()
    this.journal = next
    this.snapshotBytes = payload.length
    removeOtherJournals(this.disk, this.directory, journalName(epoch))
  }

  close(): void {
    this.journal.close()
  }

  private refuseTooLarge(): void {
    let sum = 0
    for (const state of this.states.values()) sum += state.sizeBytes
    if (sum <= stateBytesMax) return
    const shares = [...this.states].map(
      ([name, state]) => `${name} holds ${state.sizeBytes} bytes in ${state.rowCount} rows`,
    )
    throw new StateError('STATE_TOO_LARGE', `the state is over its limit: ${shares.join('; ')}`)
  }
}

/** Where a job stands between two steps. */
export interface Standing {
  readonly epoch: number
  readonly positions: readonly SourcePosition[]
  readonly totals: Totals
  /** The last step that had something to publish: absent when the snapshot is younger. */
  readonly lastOutbox?: { readonly epoch: number; readonly entry: StepEntry }
}

const emptyEntry: StepEntry = {
  epoch: 0,
  positions: [],
  totals: { recordsIn: 0, recordsOut: 0, late: 0, skipped: 0 },
  changes: [],
  outbox: [],
}

function standingAfter(before: Standing | undefined, entry: StepEntry): Standing {
  const { epoch, positions, totals } = entry
  const lastOutbox = entry.outbox.length > 0 ? { epoch, entry } : before?.lastOutbox
  return { epoch, positions, totals, ...(lastOutbox === undefined ? {} : { lastOutbox }) }
}

function journalName(epoch: number): string {
  return `journal-${epoch}`
}

function removeOtherJournals(disk: Disk, directory: string, keep: string): void {
  for (const name of disk.list(directory)) {
    if (name.startsWith('journal-') && name !== keep) disk.remove(`${directory}/${name}`)
  }
}

function snapshotPayload(layout: string, entry: StepEntry): Buffer {
  const text = Buffer.from(layout)
  const length = Buffer.alloc(4)
  length.writeUInt32LE(text.length)
  return Buffer.concat([length, text, writeEntry(entry)])
}

interface StateLayout {
  state: string
  parameters: OperatorState['parameters']
  fields: readonly Field[]
}

function layoutOf(states: ReadonlyMap<string, OperatorState>): string {
  const layouts: StateLayout[] = [...states].map(([state, { parameters, fields }]) => {
    return { state, parameters, fields }
  })
  return JSON.stringify(layouts)
}

function refuseOtherLayout(stored: string, wanted: string, directory: string): void {
  if (stored === wanted) return
  const storedLayouts: StateLayout[] = JSON.parse(stored)
  const wantedLayouts: StateLayout[] = JSON.parse(wanted)
  const other = wantedLayouts.find(
    (layout, index) => JSON.stringify(layout) !== JSON.stringify(storedLayouts[index]),
  )
  const which = other?.state ?? storedLayouts[wantedLayouts.length]?.state ?? 'an operator'
  throw new StateError(
    'STATE_INCOMPATIBLE',
    `${directory} holds the state of another script: ${which} does not fit it`,
  )
}
