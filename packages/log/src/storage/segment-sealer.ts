import type { Disk } from '@millrace/host'
import type { ProducerState } from './producer-state.js'
import { type Segment, segmentPath } from './segment.js'

export interface SegmentSealerOptions {
  disk: Disk
  directory: string
  name: string
  producers: ProducerState
  /** Brings the bytes of a segment to disk. */
  sync: (segment: Segment) => Promise<void>
  log: (line: string) => void
}

/**
 * Seals segments: what is synced, and has an index and behind it a snapshot of the producers, need
 * not be read at the next start. A failure only makes that slower.
 */
export class SegmentSealer {
  readonly #options: SegmentSealerOptions
  #sealing: Promise<void> = Promise.resolve()

  constructor(options: SegmentSealerOptions) {
    this.#options = options
  }

  /** Seals in the background, one after the other. `snapshot`: the producers at the segment's end. */
  sealLater(segment: Segment, snapshot: string): void {
    this.#sealing = this.#sealing.then(() => this.seal(segment, snapshot))
  }

  /** Resolves when what was to be sealed later is. */
  get settled(): Promise<void> {
    return this.#sealing
  }

  async seal(segment: Segment, snapshot: string): Promise<void> {
    const { disk, name, producers, sync, log } = this.#options
    try {
      await sync(segment)
      await producers.saveAborted()
      await disk.replaceFileInBackground(this.#snapshotOf(segment), snapshot)
      await segment.writeIndex()
      this.#keepOneSnapshot(segment.nextOffset)
    } catch (cause) {
      log(`log ${name}: could not write an index: ${String(cause)}`)
    }
  }

  isSealed(segment: Segment): boolean {
    return segment.isSealed && this.#options.disk.exists(this.#snapshotOf(segment))
  }

  #snapshotOf(segment: Segment): string {
    return segmentPath(this.#options.directory, segment.nextOffset, 'snapshot')
  }

  #keepOneSnapshot(offset: number): void {
    const { disk, directory } = this.#options
    const kept = segmentPath('', offset, 'snapshot')
    for (const file of disk.list(directory)) {
      if (!file.endsWith('.snapshot') || file >= kept) continue
      disk.remove(`${directory}/${file}`)
    }
  }
}
