import type { Disk } from '@millrace/host'
import { describedByName, type JobDescription } from './description.js'
import {
  entryParts,
  lengthInAll,
  type OpenFile,
  type SourcePosition,
  type StepEntry,
  type Totals,
} from './entry.js'
import { StateError } from './errors.js'
import { Journal } from './journal.js'
import { stateBytesMax } from './limits.js'
import { stateTooLarge } from './memory-limit.js'
import { applyChanges, type OperatorState } from './operator-state.js'
import { readSavepoint, writeSavepoint } from './savepoint.js'
import {
  journalLimit,
  readSnapshot,
  type SnapshotHead,
  snapshotPayload,
  splitPayload,
  writeSnapshot,
} from './snapshot.js'
import { StoredEntries } from './stored-entries.js'
import { isSameDescription, lostText, type Takeover, takeover } from './takeover.js'

export interface StoreOptions {
  /** What the states are of; where it is not given they are known by their names alone. */
  readonly description?: JobDescription
  /** The folder of a savepoint to begin from, where the store's own folder holds nothing yet. */
  readonly savepoint?: string
  /** The present time. */
  readonly nowMs?: number
  /** How much all states together may take in memory, before the job fails. */
  readonly bytesMax?: number
  /** Whether states that nothing takes may be lost. */
  readonly mayLose?: boolean
  /** Is told what becomes of the states of another script. */
  readonly onTakeover?: (takeover: Takeover) => void
}

/**
 * All that a job must remember, in one folder: `snapshot` (the state after some epoch E, and what
 * every operator is and keeps) and `journal-E` (the steps after it).
 *
 * Invariants:
 * - What is in memory is the snapshot with the journal's entries applied, in order; `commit`
 *   applies an entry only after it is durable, by the same code that recovery uses.
 * - The snapshot names its journal by the epoch, so that taking one needs a single atomic
 *   replacement: before it the old pair counts, after it the new one.
 * - What is taken over from another script or a savepoint is in memory only, and what it came from
 *   stays as it is, until `begin` puts it into the folder in one replacement.
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
  private readonly head: SnapshotHead
  private isMoved: boolean
  readonly bytesMax: number
  /** Begins from a savepoint in this process: the job may have gone on from there before. */
  readonly isRewound: boolean

  private constructor(
    disk: Disk,
    directory: string,
    states: ReadonlyMap<string, OperatorState>,
    opened: {
      journal: Journal
      snapshotBytes: number
      last: Standing
      head: SnapshotHead
      isMoved: boolean
      isRewound: boolean
      bytesMax: number
    },
  ) {
    this.disk = disk
    this.directory = directory
    this.states = states
    this.journal = opened.journal
    this.snapshotBytes = opened.snapshotBytes
    this.last = opened.last
    this.head = opened.head
    this.isMoved = opened.isMoved
    this.isRewound = opened.isRewound
    this.bytesMax = opened.bytesMax
  }

  /**
   * Reads what the folder holds into `states`, which are empty: what was kept for the same, or for
   * another version of the same (`takeover.ts`). Throws a `StateError` when it is damaged, or where
   * a state that is there fits nothing and may not be lost.
   */
  static async open(
    disk: Disk,
    directory: string,
    states: ReadonlyMap<string, OperatorState>,
    options: StoreOptions = {},
  ): Promise<StateStore> {
    const { description = describedByName(states), savepoint } = options
    disk.makeDirectory(directory)
    const own = readSnapshot(disk, `${directory}/snapshot`)
    const begins = own === undefined && savepoint === undefined
    if (begins) {
      const payload = snapshotPayload({ description }, emptyEntry)
      writeSnapshot(disk, `${directory}/snapshot`, payload)
      disk.syncDirectory(directory)
    }
    const from = savepoint === undefined ? undefined : readSavepoint(disk, savepoint)
    const snapshot = own ?? from ?? readSnapshot(disk, `${directory}/snapshot`) ?? Buffer.alloc(0)
    const { head, entry } = splitPayload(snapshot)
    if (own !== undefined && from !== undefined) refuseOtherOrigin(head, from, savepoint)
    const change = changeOf(head.description, own ? directory : savepoint, {
      ...options,
      description,
    })
    if (change !== undefined) options.onTakeover?.(change)
    const before = head.description
    const reader = new StoredEntries(before, states, change, options.nowMs ?? 0)
    const first = reader.read(entry)
    applyChanges(states, first.changes)
    let last = standingAfter(undefined, first)
    const name = journalName(first.epoch)
    const journal = await Journal.open(disk, `${directory}/${name}`, (payload) => {
      const next = reader.read(payload)
      applyChanges(states, next.changes)
      last = standingAfter(last, next)
    })
    removeOtherJournals(disk, directory, name)
    disk.syncDirectory(directory)
    const origin = own === undefined ? head.savepoint : head.origin
    return new StateStore(disk, directory, states, {
      journal,
      snapshotBytes: snapshot.length,
      last,
      head: { description, ...(origin !== undefined && { origin }) },
      isMoved: change !== undefined || (own === undefined && from !== undefined),
      isRewound: own === undefined && from !== undefined,
      bytesMax: options.bytesMax ?? stateBytesMax,
    })
  }

  /**
   * Finds out what `open` would do with the states that a folder or a savepoint holds, and changes
   * nothing. Throws what `open` would throw of them; undefined where they stay as they are.
   */
  static check(
    disk: Disk,
    directory: string,
    options: StoreOptions & { readonly description: JobDescription },
  ): Takeover | undefined {
    const { savepoint } = options
    const own = readSnapshot(disk, `${directory}/snapshot`)
    const from = savepoint === undefined ? undefined : readSavepoint(disk, savepoint)
    const snapshot = own ?? from
    if (snapshot === undefined) return undefined
    const { head } = splitPayload(snapshot)
    if (own !== undefined && from !== undefined) refuseOtherOrigin(head, from, savepoint)
    return changeOf(head.description, own ? directory : savepoint, options)
  }

  /** Where the job stands after its last committed step. */
  get standing(): Standing {
    return this.last
  }

  /**
   * Makes durable what was taken over, once the last outbox is known to be published. The next step
   * comes after `epochMin` too: what others have published under the job's name before.
   */
  async begin(epochMin = 0): Promise<void> {
    if (!this.isMoved) return
    const { lastOutbox: _, ...last } = this.last
    this.last = { ...last, epoch: Math.max(last.epoch, epochMin) }
    await this.writeWhole()
    this.isMoved = false
  }

  /** Makes the step durable, then visible. After a failure the store must be opened anew. */
  async commit(entry: StepEntry): Promise<void> {
    if (this.isMoved) await this.begin()
    if (entry.epoch !== this.last.epoch + 1)
      throw new RangeError(`epoch ${entry.epoch} is not next`)
    await this.journal.append(entryParts(entry))
    applyChanges(this.states, entry.changes)
    this.last = standingAfter(this.last, entry)
    this.refuseTooLarge()
  }

  /** Takes a snapshot and starts a new journal when the journal has grown enough for it. */
  async snapshotWhenDue(): Promise<void> {
    if (this.journal.sizeBytes >= journalLimit(this.snapshotBytes)) await this.snapshot()
  }

  /** Only when the last outbox was published. */
  async snapshot(): Promise<void> {
    if (this.journal.sizeBytes > 0) await this.writeWhole()
  }

  /**
   * Writes all that is remembered into another folder, for a later start to begin from
   * (`savepoint.ts`). Only when the last outbox was published.
   */
  savepoint(directory: string, id: string): void {
    const { description } = this.head
    const payload = snapshotPayload({ description, savepoint: id }, this.whole())
    writeSavepoint(this.disk, directory, payload)
  }

  private async writeWhole(): Promise<void> {
    const { disk, directory } = this
    const payload = snapshotPayload(this.head, this.whole())
    const name = journalName(this.last.epoch)
    // What was taken over without a step has its journal already, which is empty.
    const isOther = this.journal.path !== `${directory}/${name}`
    const next = isOther ? await Journal.open(disk, `${directory}/${name}`, () => {}) : undefined
    writeSnapshot(disk, `${directory}/snapshot`, payload)
    disk.syncDirectory(directory)
    if (next !== undefined) {
      this.journal.close()
      this.journal = next
    }
    this.snapshotBytes = lengthInAll(payload)
    removeOtherJournals(disk, directory, name)
  }

  private whole(): StepEntry {
    const { epoch, positions, totals, openFiles } = this.last
    const changes = [...this.states].map(([state, each]) => ({ state, ...each.whole() }))
    return { epoch, positions, totals, changes, outbox: [], openFiles }
  }

  close(): void {
    this.journal.close()
  }

  /** What all states take in memory. */
  get sizeBytes(): number {
    let sum = 0
    for (const state of this.states.values()) sum += state.sizeBytes
    return sum
  }

  private refuseTooLarge(): void {
    const { sizeBytes, bytesMax, states } = this
    if (sizeBytes > bytesMax) throw stateTooLarge({ states, sizeBytes, bytesMax })
  }
}

/** Where a job stands between two steps. */
export interface Standing {
  readonly epoch: number
  readonly positions: readonly SourcePosition[]
  readonly totals: Totals
  readonly openFiles: readonly OpenFile[]
  /** The last step that had something to publish: absent when the snapshot is younger. */
  readonly lastOutbox?: { readonly epoch: number; readonly entry: StepEntry }
}

const emptyEntry: StepEntry = {
  epoch: 0,
  positions: [],
  totals: { recordsIn: 0, recordsOut: 0, late: 0, skipped: 0 },
  changes: [],
  outbox: [],
  openFiles: [],
}

function standingAfter(before: Standing | undefined, entry: StepEntry): Standing {
  const { epoch, positions, totals, openFiles } = entry
  const lastOutbox = entry.outbox.length > 0 ? { epoch, entry } : before?.lastOutbox
  return {
    epoch,
    positions,
    totals,
    openFiles,
    ...(lastOutbox === undefined ? {} : { lastOutbox }),
  }
}

function journalName(epoch: number): string {
  return `journal-${epoch}`
}

function removeOtherJournals(disk: Disk, directory: string, keep: string): void {
  for (const name of disk.list(directory)) {
    if (name.startsWith('journal-') && name !== keep) disk.remove(`${directory}/${name}`)
  }
}

function refuseOtherOrigin({ origin }: SnapshotHead, savepoint: Buffer, from = ''): void {
  if (origin === splitPayload(savepoint).head.savepoint) return
  throw new StateError('SAVEPOINT_BESIDE_STATE', `the folder did not begin from ${from}`)
}

/** What becomes of the states that are there; undefined where they stay as they are. */
function changeOf(
  before: JobDescription,
  from: string | undefined,
  { description, mayLose }: StoreOptions,
): Takeover | undefined {
  if (description === undefined || isSameDescription(before, description)) return undefined
  const change = takeover(before, description)
  if (change.lost.length > 0 && !mayLose) {
    throw new StateError('STATE_INCOMPATIBLE', refusal(from, change))
  }
  return change
}

function refusal(from: string | undefined, { lost }: Takeover): string {
  const reasons = lost.map((each) => `\n  ${lostText(each)}`).join('')
  return `the state in ${from} does not fit the script:${reasons}\n`
}
