/**
 * How far the spool is: where each lane stands. One line for each step, JSON with its checksum
 * before it; the first line is the state of all lanes. It is written anew when its room is used up.
 *
 * A line that was written survives the process; one that is to survive a power cut is synced, see
 * `synced`. Behind the lines there are zeros, room for further ones (`Segment` says why).
 */
import path from 'node:path'
import type { Disk, DiskFile } from '@millrace/host'
import { crc32c, type ProducerPlace } from '@millrace/log'
import { spoolProgressBytes } from '../limits.js'

/** Where a lane stands. A lane's frames are done in their order. */
export interface LaneProgress {
  /** Where its producer stands: before what is being sent, where there is such. */
  readonly place?: ProducerPlace
  /** The last frame that is done. */
  readonly done?: number
  /** The frames after `done` up to this one are one batch, which may be in the log already. */
  readonly sending?: number
  /** This frame, the one after `done`, is sent record by record, and so many of them are done. */
  readonly part?: readonly [frame: number, records: number]
}

/** The state of all lanes. */
export interface ProgressState {
  /** The number of the next frame: no frame before it is written any more. */
  readonly next: number
  readonly lanes: Readonly<Record<string, LaneProgress>>
}

interface ProgressLine extends LaneProgress {
  readonly lane: string
}

export interface ProgressRead {
  readonly next: number
  readonly lanes: Map<string, LaneProgress>
}

const fileName = 'progress'

const room = Buffer.alloc(spoolProgressBytes)

export class Progress {
  readonly #disk: Disk
  readonly #path: string
  readonly #state: () => ProgressState
  #file: DiskFile
  /** Of the lines, and of the lines with the room behind them. */
  #bytes = 0
  #roomBytes = 0
  /** Whether the next sync is to put the whole state in the file's place. */
  #isReplaced = false
  /** Lines that come while the file is being replaced; they go into the new one. */
  #held: Buffer[] | undefined
  #syncing: Promise<void> = Promise.resolve()
  #next: Promise<void> | undefined

  private constructor(disk: Disk, file: string, state: () => ProgressState) {
    this.#disk = disk
    this.#path = file
    this.#state = state
    const isNew = !disk.exists(file)
    this.#file = disk.open(file, { create: true })
    if (isNew) disk.syncDirectory(path.dirname(file))
  }

  /**
   * Reads what is there; a last line that is cut off is as if it had not been written. `state` is
   * asked for when all lines are to be replaced.
   */
  static open(
    disk: Disk,
    folder: string,
    state: () => ProgressState,
  ): { progress: Progress; read: ProgressRead } {
    const progress = new Progress(disk, path.join(folder, fileName), state)
    const bytes = Buffer.alloc(progress.#file.size())
    progress.#file.read(0, bytes)
    const { read, sound } = readLines(bytes)
    // What is behind them may be half of a line, which further ones do not cover.
    if (!bytes.subarray(sound).equals(Buffer.alloc(bytes.length - sound))) {
      progress.#file.truncate(sound)
    }
    progress.#bytes = sound
    progress.#roomBytes = progress.#file.size()
    return { progress, read }
  }

  /** Where a lane stands now. */
  write(lane: string, progress: LaneProgress): void {
    const line: ProgressLine = { lane, ...progress }
    this.#append(encodeLine(line))
  }

  /**
   * Resolves when all that is written survives a power cut. Those who ask in one turn of the event
   * loop share a sync.
   */
  synced(): Promise<void> {
    this.#next ??= this.#sync()
    return this.#next
  }

  close(): void {
    this.#file.close()
  }

  #append(line: Buffer): void {
    if (this.#held !== undefined) {
      this.#held.push(line)
      return
    }
    this.#file.write(this.#bytes, line)
    this.#bytes += line.length
    if (this.#bytes > this.#roomBytes) this.#isReplaced = true
  }

  async #sync(): Promise<void> {
    await this.#syncing
    await new Promise(setImmediate)
    this.#next = undefined
    const syncing = this.#isReplaced ? this.#replace() : this.#file.sync()
    this.#syncing = syncing.catch(() => {
      // What a failed sync was to bring to the device may be lost although the next one succeeds.
      this.#isReplaced = true
    })
    return syncing
  }

  async #replace(): Promise<void> {
    const line = encodeLine(this.#state())
    const held: Buffer[] = []
    this.#held = held
    try {
      await this.#disk.replaceFileInBackground(this.#path, [line, room])
      const file = this.#disk.open(this.#path)
      this.#file.close()
      this.#file = file
      this.#bytes = line.length
      this.#roomBytes = line.length + room.length
      this.#isReplaced = false
    } finally {
      this.#held = undefined
      for (const line of held) this.#append(line)
    }
    if (held.length > 0) await this.#file.sync()
  }
}

function encodeLine(value: ProgressLine | ProgressState): Buffer {
  const json = Buffer.from(JSON.stringify(value))
  return Buffer.from(`${crc32c(json).toString(16).padStart(8, '0')} ${json}\n`)
}

function readLines(bytes: Buffer): { read: ProgressRead; sound: number } {
  const lanes = new Map<string, LaneProgress>()
  let next = 0
  let at = 0
  for (let end = bytes.indexOf(10, at); end >= 0; end = bytes.indexOf(10, at)) {
    const json = bytes.subarray(at + 9, end)
    if (Number.parseInt(bytes.toString('latin1', at, at + 8), 16) !== crc32c(json)) break
    const value = JSON.parse(json.toString()) as ProgressLine | ProgressState
    if ('next' in value) {
      next = value.next
      for (const [lane, progress] of Object.entries(value.lanes)) lanes.set(lane, progress)
    } else {
      const { lane, ...progress } = value
      lanes.set(lane, progress)
    }
    at = end + 1
  }
  return { read: { next, lanes }, sound: at }
}
