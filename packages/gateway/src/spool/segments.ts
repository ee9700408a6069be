/**
 * The files of the spool: the last one is written to, those before it wait until their frames are
 * done. Another is ready before the last one is full: one whose frames are done, which is used
 * again, or a new one where there is none.
 */
import type { Host } from '@millrace/host'
import { spoolSparesMax } from '../limits.js'
import { endMarkBytes, type Frame } from './frame.js'
import { Segment } from './segment.js'

export interface SegmentsOptions {
  host: Pick<Host, 'clock' | 'disk'>
  folder: string
  /** A file that has so many bytes is followed by the next. */
  segmentBytes: number
  log: (line: string) => void
}

/** A frame that was found at the start. */
export interface FoundFrame extends Frame {
  readonly segment: Segment
}

export class Segments {
  readonly #options: SegmentsOptions
  /** By the numbers of their frames; indexes are given when files are made, ready or not. */
  readonly #all: Segment[] = []
  readonly #closing = new AbortController()
  #nextIndex = 0
  #bytes = 0
  /** With room and without frames. */
  readonly #spares: Segment[] = []
  #preparing: Promise<void> | undefined
  /** The segment during whose use none could be made ready: it is not tried again before the next. */
  #unprepared: Segment | undefined

  private constructor(options: SegmentsOptions) {
    this.#options = options
  }

  /**
   * Opens those that are there and gives their frames, by number. Damaged frames, and those after
   * them in a file, are told and cut off.
   */
  static open(options: SegmentsOptions): { segments: Segments; frames: FoundFrame[] } {
    const segments = new Segments(options)
    const indexes = Segment.list(options.host.disk, options.folder)
    segments.#nextIndex = (indexes.at(-1) ?? -1) + 1
    const found = indexes
      .map((index) => segments.#recover(index))
      .filter(([first]) => first !== undefined)
      .sort(([left], [right]) => (left as FoundFrame).number - (right as FoundFrame).number)
    for (const [first] of found) segments.#all.push((first as FoundFrame).segment)
    return { segments, frames: found.flat() }
  }

  /** Of the frames in all files, done or not. */
  get bytes(): number {
    return this.#bytes
  }

  /** Those that are done. */
  droppable(): Segment[] {
    return this.#all.filter((each) => this.isDroppable(each))
  }

  isDroppable(segment: Segment): boolean {
    return segment.pending === 0 && segment !== this.#all.at(-1)
  }

  /** The file for a group of so many bytes. Throws a `DiskError` where none can be made. */
  for(bytes: number): Segment {
    const last = this.#all.at(-1)
    if (last === undefined || last.isBroken || !this.#takes(last, bytes)) return this.#roll()
    this.#prepare(last)
    return last
  }

  /** Appends a group to the file that is for it; see `Segment.append`. */
  async append(segment: Segment, bytes: Buffer): Promise<void> {
    await segment.append(bytes)
    this.#bytes += bytes.length - endMarkBytes
  }

  /** Resolves when all that was found survives a power cut. */
  async synced(): Promise<void> {
    for (const segment of this.#all) await segment.sync()
  }

  /** Uses files again that are done, and removes what is too many; that they are is on disk. */
  async drop(done: readonly Segment[]): Promise<void> {
    for (const segment of done) {
      this.#all.splice(this.#all.indexOf(segment), 1)
      this.#bytes -= segment.bytes
    }
    const removed: Promise<void>[] = []
    for (const segment of done) {
      if (this.#isSpare(segment)) {
        segment.reuse()
        this.#spares.push(segment)
      } else {
        removed.push(segment.removeInBackground())
      }
    }
    await Promise.all(removed)
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await this.#preparing
    for (const segment of this.#all) segment.close()
    for (const spare of this.#spares) spare.remove()
  }

  #recover(index: number): FoundFrame[] {
    const { host, folder, log } = this.#options
    const { segment, frames, unread } = Segment.open(host.disk, folder, index)
    if (unread > 0) {
      const after = frames.length === 0 ? '' : `, after frame ${frames.at(-1)?.number}`
      log(`gateway: ${unread} bytes of the spool${after}, are cut off or damaged and were dropped`)
      segment.cut()
    }
    if (frames.length === 0) {
      segment.remove()
      return []
    }
    this.#bytes += segment.bytes
    return frames.map((frame) => ({ ...frame, segment }))
  }

  #takes(segment: Segment, bytes: number): boolean {
    if (segment.bytes === 0 || segment.hasRoom(bytes)) return true
    // It grows where no other is ready.
    return this.#spares.length === 0 && segment.bytes < this.#options.segmentBytes
  }

  #isSpare({ isBroken, roomBytes }: Segment): boolean {
    const { segmentBytes } = this.#options
    // One that grew far beyond the others would keep its place on the disk for ever.
    const isOfSize = roomBytes >= segmentBytes && roomBytes < 2 * segmentBytes
    return !isBroken && isOfSize && this.#spares.length < spoolSparesMax
  }

  #roll(): Segment {
    const { host, folder } = this.#options
    const segment = this.#spares.shift() ?? Segment.create(host.disk, folder, this.#nextIndex++)
    this.#all.push(segment)
    this.#prepare(segment)
    return segment
  }

  /** Makes the next file ready while `current` is written to, where none is ready in time. */
  #prepare(current: Segment): void {
    if (this.#spares.length > 0 || this.#preparing !== undefined) return
    if (this.#unprepared === current) return
    const { host, folder, segmentBytes, log } = this.#options
    // Until then the one before may be done.
    const isEarly = current.bytes < segmentBytes / 4 && current.hasRoom(segmentBytes / 4)
    if (isEarly) return
    const { signal } = this.#closing
    this.#preparing = Segment.prepare(host, folder, this.#nextIndex++, segmentBytes, signal)
      .then((segment) => {
        this.#spares.push(segment)
      })
      .catch((cause) => {
        this.#unprepared = current
        log(`gateway: the spool has no file ready, and is slower: ${(cause as Error).message}`)
      })
      .finally(() => {
        this.#preparing = undefined
      })
  }
}
