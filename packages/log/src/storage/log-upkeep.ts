import path from 'node:path'
import type { Disk } from '@millrace/host'
import type { AbortedTransaction } from './aborted-run.js'
import { type DirtySection, dirtySection } from './dirty-section.js'
import type { LogCheckpoint } from './log-checkpoint.js'
import { cleanLog } from './log-cleaner.js'
import type { LogConfig } from './log-config.js'
import type { ProducerState } from './producer-state.js'
import { expiredSegments } from './retention.js'
import type { SegmentList } from './segment-list.js'

export interface LogUpkeepOptions {
  disk: Disk
  directory: string
  name: string
  segments: SegmentList
  checkpoint: LogCheckpoint
  producers: ProducerState
  /** Resolves when the segments that are full are synced and have their indexes. */
  sealed: () => Promise<void>
  log: (line: string) => void
}

/**
 * What becomes of the older part of a log: where it begins, which segments go, which are compacted.
 *
 * Invariants:
 * - The start never goes back. It is on disk before a segment goes because of it, but on a full
 *   disk.
 * - One thing after the other changes the files of full segments: whoever reads them over several
 *   turns of the event loop does not lose them in between.
 * - After a failed swap of segments nothing is compacted until the next start, which finishes it.
 */
export class LogUpkeep {
  readonly #options: LogUpkeepOptions
  #queue: Promise<unknown> = Promise.resolve()
  #isStopped = false
  #isCompacting = false
  #isHalted = false

  constructor(options: LogUpkeepOptions) {
    this.#options = options
  }

  /** Offset of the first record that is kept. */
  get startOffset(): number {
    const { checkpoint, segments } = this.#options
    return Math.max(checkpoint.startOffset, segments.first.baseOffset)
  }

  /**
   * Where the log begins after a power cut at the latest. Where a full disk took segments and not
   * the checkpoint, the log begins later than that.
   */
  get recordedStart(): number {
    return this.#options.checkpoint.startOffset
  }

  /** Moves the start; it is there after a power cut. Throws a `DiskError`. */
  beginAt(offset: number): void {
    const { checkpoint, producers } = this.#options
    try {
      checkpoint.set({ startOffset: offset })
    } catch (cause) {
      if (!this.#makeRoom(offset)) throw cause
      checkpoint.set({ startOffset: offset })
    }
    producers.forgetAbortedBefore(this.startOffset)
  }

  /** Removes the segments that end before the start. Rejects with a `DiskError`. */
  removeDeleted(): Promise<void> {
    return this.#inTurn(async () => {
      const { segments, sealed } = this.#options
      await sealed()
      while (segments.length > 1 && segments.first.nextOffset <= this.startOffset) {
        segments.shift().remove()
      }
    })
  }

  /** Where the log would begin after its retention; `isAll`: no record of it is kept. */
  retainedFrom(
    config: LogConfig,
    now: number,
    highWatermark: number,
  ): { offset: number; isAll: boolean } {
    const segments = [...this.#options.segments]
    const { startOffset } = this
    const expired = expiredSegments(segments, config, { now, startOffset, highWatermark })
    const offset = segments[expired - 1]?.nextOffset ?? startOffset
    return { offset: Math.max(offset, startOffset), isAll: expired === segments.length }
  }

  /**
   * Compacts what is due; undefined where nothing is. `pause` gives others their turn; `signal`
   * ends it. What it cannot do is told to the log, and tried again the next time.
   */
  compact(
    config: LogConfig,
    at: { now: number; stableOffset: number },
    pause: () => Promise<void>,
    signal?: AbortSignal,
  ): Promise<void> | undefined {
    const { segments, checkpoint } = this.#options
    if (this.#isHalted || this.#isStopped || this.#isCompacting) return undefined
    const { cleanedOffset } = checkpoint
    const where = { ...at, startOffset: this.startOffset, cleanedOffset }
    const section = dirtySection([...segments], config, where)
    if (!section.isDue) return undefined
    this.#isCompacting = true
    return this.#inTurn(() => this.#clean(config, section, at.now, pause, signal)).finally(() => {
      this.#isCompacting = false
    })
  }

  /** Ends what is under way; resolves when the files are left alone. */
  async stop(): Promise<void> {
    this.#isStopped = true
    await this.#queue.catch(() => {})
  }

  async #clean(
    config: LogConfig,
    section: DirtySection,
    now: number,
    pause: () => Promise<void>,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const isOver = () => this.#isStopped || signal?.aborted === true
    const { name, log, sealed } = this.#options
    try {
      await sealed()
      const removedBytes = await cleanLog(
        {
          ...this.#options,
          config,
          now,
          pause: async () => {
            if (isOver()) throw new Error('It was given up.')
            await pause()
            if (isOver()) throw new Error('It was given up.')
          },
          forget: (aborted) => this.#forget(aborted),
          halt: () => {
            this.#isHalted = true
          },
        },
        section,
      )
      log(`log ${name}: compacted up to ${section.endOffset}, ${removedBytes} bytes less`)
    } catch (cause) {
      if (isOver()) return
      const reason = cause instanceof Error ? cause.message : String(cause)
      log(`log ${name}: could not be compacted: ${reason}`)
    }
  }

  /** Also in the snapshots, for a start must not be told of them again. */
  async #forget(aborted: readonly AbortedTransaction[]): Promise<void> {
    if (aborted.length === 0) return
    const { directory, disk, producers, sealed } = this.#options
    producers.forget(aborted)
    await sealed()
    await producers.saveAborted()
    for (const name of disk.list(directory)) {
      if (!name.endsWith('.snapshot')) continue
      const file = path.join(directory, name)
      const renewed = producers.renewed(disk.readFile(file).toString())
      if (renewed !== undefined) disk.replaceFile(file, renewed)
    }
  }

  /**
   * On a full disk, on which the checkpoint cannot be written: removes segments below an offset
   * without it. The first one first, each for good, so that a power cut leaves no hole.
   */
  #makeRoom(offset: number): boolean {
    const { directory, disk, segments } = this.#options
    let isRoom = false
    while (segments.length > 1 && segments.first.nextOffset <= offset && segments.first.isSynced) {
      // In this order: what is still on the disk is still in the log.
      segments.first.remove()
      segments.shift()
      disk.syncDirectory(directory)
      isRoom = true
    }
    return isRoom
  }

  #inTurn<Result>(action: () => Promise<Result>): Promise<Result> {
    const turn = this.#queue.then(action, action)
    this.#queue = turn.catch(() => {})
    return turn
  }
}
