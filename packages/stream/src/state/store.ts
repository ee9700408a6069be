import type { Disk } from '@millrace/host'
import { describedByName, type JobDescription } from './description.js'
import {
  entryParts,
  type OpenFile,
  type SourcePosition,
  type StepEntry,
  type Totals,
} from './entry.js'
import { StateError } from './errors.js'
import { Journals } from './journals.js'
import {
  pieceBytesMax,
  type SnapshotPace,
  snapshotPace,
  spillFromShare,
  spillToShare,
  stateBytesMax,
} from './limits.js'
import { stateTooLarge } from './memory-limit.js'
import { applyChanges, type OperatorState } from './operator-state.js'
import { Pieces } from './pieces.js'
import { RunningSnapshot } from './running-snapshot.js'
import { needSavepoint, type Savepoint, writeSavepoint } from './savepoint.js'
import {
  journalLimit,
  readSnapshot,
  type Snapshot,
  type SnapshotHead,
  snapshotBytes,
  snapshotPath,
  sparsePieces,
} from './snapshot.js'
import { extentsOf } from './state-image.js'
import { StoredEntries } from './stored-entries.js'
import { restoreStates } from './stored-states.js'
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
  readonly pace?: SnapshotPace
  /** When rows that may lie on disk go there; a share of `bytesMax` by default. */
  readonly spillFromBytes?: number
  /** Whether states that nothing takes may be lost. */
  readonly mayLose?: boolean
  /** Is told what becomes of the states of another script. */
  readonly onTakeover?: (takeover: Takeover) => void
}

/**
 * All that a job must remember, in one folder: `snapshot` (where the job stood after some epoch E,
 * what every operator is and keeps, and where that lies), `piece-N` (what the states held then) and
 * `journal-E` (the steps after it).
 *
 * Invariants:
 * - What is in memory is the snapshot with the journals' entries applied, in order; `commit`
 *   applies an entry only after it is durable, by the same code that recovery uses.
 * - A snapshot begins with a journal of its own, called by its epoch, and counts with a single atomic
 *   replacement, when all its pieces are on disk: until then the one before it counts, and both
 *   journals.
 * - A piece that the snapshot on disk names, or that rows in use lie in, is there.
 * - What is taken over from another script or a savepoint is in memory only, and what it came from
 *   stays as it is, until `begin` puts it into the folder in one replacement.
 * - A snapshot begins only between steps, when the last outbox is known to be published; so it
 *   never has to hold one.
 */
export class StateStore {
  readonly states: ReadonlyMap<string, OperatorState>
  private readonly disk: Disk
  private readonly directory: string
  private readonly pieces: Pieces
  private readonly journals: Journals
  private snapshotOnDisk: Pick<Snapshot, 'states' | 'writtenBytes'>
  /** One that is being written, and how many bytes the journals had when its last slice was. */
  private running: { snapshot: RunningSnapshot; journalBytes: number } | undefined
  /** Its end, once all its slices are written. */
  private ending: Promise<void> | undefined
  private failure: unknown
  private last: Standing
  private readonly head: SnapshotHead
  private isMoved: boolean
  private readonly pace: SnapshotPace
  private readonly spillFromBytes: number
  /** How long the journals become before a snapshot begins. */
  private journalBytesMax: number
  readonly bytesMax: number
  /** Begins from a savepoint in this process: the job may have gone on from there before. */
  readonly isRewound: boolean

  private constructor(
    disk: Disk,
    directory: string,
    states: ReadonlyMap<string, OperatorState>,
    opened: {
      pieces: Pieces
      journals: Journals
      snapshot: Pick<Snapshot, 'states' | 'writtenBytes'>
      last: Standing
      head: SnapshotHead
      isMoved: boolean
      isRewound: boolean
      bytesMax: number
      spillFromBytes: number
      pace: SnapshotPace
    },
  ) {
    this.disk = disk
    this.directory = directory
    this.states = states
    this.pieces = opened.pieces
    this.journals = opened.journals
    this.snapshotOnDisk = opened.snapshot
    this.last = opened.last
    this.head = opened.head
    this.isMoved = opened.isMoved
    this.isRewound = opened.isRewound
    this.bytesMax = opened.bytesMax
    this.pace = opened.pace
    this.spillFromBytes = opened.spillFromBytes
    this.journalBytesMax = journalLimit(this.snapshotOnDisk, this.pace.journalBytesMin)
    this.removeNeedless()
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
    const { description = describedByName(states), bytesMax = stateBytesMax } = options
    const { spillFromBytes = bytesMax * spillFromShare } = options
    disk.makeDirectory(directory)
    const { own, from, head: before } = storedIn(disk, directory, options)
    if (before === undefined) {
      disk.replaceFile(snapshotPath(directory), snapshotBytes({ ...empty, head: { description } }))
    }
    const head = before ?? { description }
    const change = changeOf(head.description, own ? directory : options.savepoint, {
      ...options,
      description,
    })
    if (change !== undefined) options.onTakeover?.(change)
    const pieces = new Pieces(disk, directory)
    const reader = new StoredEntries(head.description, states, change, options.nowMs ?? 0)
    let last: Standing = { ...empty.standing }
    if (own !== undefined) {
      const isChanged = change !== undefined
      const onApplied = () => keepWithin(spillFromBytes, states, pieces)
      await restoreStates(own.states, { states, reader, isChanged, pieces, onApplied })
      last = { ...own.standing, positions: reader.positions(own.standing.positions) }
    } else if (from !== undefined) {
      let isFirst = true
      for (const payload of from.entries()) {
        const entry = reader.read(payload)
        applyChanges(states, entry.changes)
        keepWithin(spillFromBytes, states, pieces)
        if (isFirst) last = standingAfter(undefined, entry)
        isFirst = false
      }
    }
    const journals = await Journals.open(disk, directory, last.epoch, (payload) => {
      const next = reader.read(payload)
      applyChanges(states, next.changes)
      keepWithin(spillFromBytes, states, pieces)
      last = standingAfter(last, next)
      return next.epoch
    })
    disk.syncDirectory(directory)
    const origin = own === undefined ? head.savepoint : head.origin
    const isRewound = own === undefined && from !== undefined
    return new StateStore(disk, directory, states, {
      ...{ pieces, journals, last, isRewound, bytesMax, spillFromBytes },
      snapshot: own ?? empty,
      head: { description, ...(origin !== undefined && { origin }) },
      isMoved: change !== undefined || isRewound,
      pace: options.pace ?? snapshotPace,
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
    const { own, head } = storedIn(disk, directory, options)
    if (head === undefined) return undefined
    return changeOf(head.description, own ? directory : options.savepoint, options)
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
    this.refuseFailure()
    if (this.isMoved) await this.begin()
    if (entry.epoch !== this.last.epoch + 1)
      throw new RangeError(`epoch ${entry.epoch} is not next`)
    await this.journals.append(entryParts(entry))
    applyChanges(this.states, entry.changes)
    this.last = standingAfter(this.last, entry)
    keepWithin(this.spillFromBytes, this.states, this.pieces)
    this.refuseTooLarge()
  }

  /**
   * Begins a snapshot when the journal has grown enough for it, and writes the next slice of one that
   * was begun. To be called between steps, when the last outbox was published.
   */
  async snapshotWhenDue(): Promise<void> {
    this.refuseFailure()
    if (this.ending !== undefined) return
    const { journalBytesMax: limit, pace } = this
    const { sizeBytes } = this.journals
    if (this.running === undefined) {
      if (sizeBytes >= limit) await this.beginSnapshot()
      return
    }
    // Where the disk is slower than the steps, these wait for it before the journal is too long.
    if (this.pieces.isBusy && sizeBytes < 2 * limit) return
    const { snapshot, journalBytes } = this.running
    const wanted = (sizeBytes - journalBytes) * pace.slicePerJournal
    this.running.journalBytes = sizeBytes
    if (snapshot.write(Math.max(pace.sliceBytesMin, wanted))) this.end(snapshot)
  }

  /** Whether a snapshot is being written: `snapshotWhenDue` goes on with it. */
  get isWritingSnapshot(): boolean {
    return this.running !== undefined && this.ending === undefined
  }

  /** Resolves when all committed steps are in a snapshot. Only when the last outbox was published. */
  async snapshot(): Promise<void> {
    await this.endRunning()
    if (this.journals.sizeBytes > 0) await this.writeWhole()
  }

  /**
   * Writes all that is remembered into another folder, for a later start to begin from
   * (`savepoint.ts`). Only between steps, when the last outbox was published.
   */
  async savepoint(directory: string, id: string): Promise<void> {
    const { epoch, positions, totals, openFiles } = this.last
    const head = { description: this.head.description, savepoint: id }
    const standing = { epoch, positions, totals, openFiles }
    await writeSavepoint(this.disk, directory, { head, standing, states: this.states })
  }

  private async writeWhole(): Promise<void> {
    await this.beginSnapshot()
    await this.endRunning()
  }

  private async beginSnapshot(): Promise<void> {
    const { disk, directory, pieces, head, last: standing, states, journals } = this
    await journals.begin(standing.epoch)
    pieces.sparse = sparsePieces(this.snapshotOnDisk)
    const snapshot = new RunningSnapshot({ disk, directory, pieces, head, standing, states })
    this.running = { snapshot, journalBytes: journals.sizeBytes }
  }

  /** Writes what is left of a snapshot, and waits until it counts. */
  private async endRunning(): Promise<void> {
    if (this.running !== undefined && this.ending === undefined) {
      const { snapshot } = this.running
      while (!snapshot.write(pieceBytesMax)) await this.pieces.notBusy()
      this.end(snapshot)
    }
    await this.ending
    this.refuseFailure()
  }

  /** What is left is not of the processor: others go on meanwhile. */
  private end(snapshot: RunningSnapshot): void {
    const end = async () => {
      this.snapshotOnDisk = await snapshot.finish()
      this.journalBytesMax = journalLimit(this.snapshotOnDisk, this.pace.journalBytesMin)
      this.journals.removeBefore(snapshot.standing.epoch)
      this.removeNeedless()
    }
    this.ending = end()
      .catch((error: unknown) => {
        this.failure ??= error
      })
      .finally(() => {
        this.running = undefined
        this.ending = undefined
      })
  }

  private removeNeedless(): void {
    const live = new Set<number>()
    for (const [piece] of extentsOf(Object.values(this.snapshotOnDisk.states))) live.add(piece)
    for (const state of this.states.values()) {
      for (const [piece] of state.spilledExtents?.() ?? []) live.add(piece)
    }
    this.pieces.keepOnly(live)
  }

  /** Resolves when nothing is written any more; a snapshot whose slices are not all written is given up. */
  async close(): Promise<void> {
    this.journals.close()
    await this.ending
    await this.pieces.close()
  }

  /** What all states take in memory. */
  get sizeBytes(): number {
    return sizeOf(this.states)
  }

  /** What lies on disk and not in memory. */
  get spilledBytes(): number {
    return [...this.states.values()].reduce((sum, { spilledBytes = 0 }) => sum + spilledBytes, 0)
  }

  private refuseTooLarge(): void {
    const { sizeBytes, bytesMax, states } = this
    if (sizeBytes > bytesMax) throw stateTooLarge({ states, sizeBytes, bytesMax })
  }

  private refuseFailure(): void {
    if (this.failure !== undefined) throw this.failure
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

const empty = {
  standing: {
    epoch: 0,
    positions: [],
    totals: { recordsIn: 0, recordsOut: 0, late: 0, skipped: 0 },
    openFiles: [],
  },
  states: {},
  writtenBytes: 0,
}

/** What a folder holds, and a savepoint that a job is to begin from; the head of what counts. */
function storedIn(
  disk: Disk,
  directory: string,
  { savepoint }: StoreOptions,
): {
  own: Snapshot | undefined
  from: Savepoint | undefined
  head: SnapshotHead | undefined
} {
  const own = readSnapshot(disk, directory)
  const from = savepoint === undefined ? undefined : needSavepoint(disk, savepoint)
  if (own !== undefined && from !== undefined && own.head.origin !== from.head.savepoint) {
    throw new StateError('SAVEPOINT_BESIDE_STATE', `the folder did not begin from ${savepoint}`)
  }
  return { own, from, head: own?.head ?? from?.head }
}

/** Lets rows go to disk where the states take more than so many bytes, until they take much less. */
function keepWithin(
  bytesMax: number,
  states: ReadonlyMap<string, OperatorState>,
  pieces: Pieces,
): void {
  const sizeBytes = sizeOf(states)
  if (sizeBytes <= bytesMax) return
  let wanted = sizeBytes - bytesMax * spillToShare
  const largest = [...states.values()].sort((left, right) => right.sizeBytes - left.sizeBytes)
  for (const state of largest) {
    if (wanted <= 0) return
    wanted -= state.spill?.(pieces, wanted) ?? 0
  }
}

function sizeOf(states: ReadonlyMap<string, OperatorState>): number {
  let sum = 0
  for (const state of states.values()) sum += state.sizeBytes
  return sum
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
