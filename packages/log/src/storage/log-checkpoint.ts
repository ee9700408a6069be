import path from 'node:path'
import type { Disk } from '@millrace/host'
import { crc32c } from '../records/crc32c.js'

/** What a log must remember beside its segments. */
export interface CheckpointState {
  /** Records below this offset are gone, whether their bytes are still there or not. */
  startOffset: number
  /** Below this offset every key was compacted; the records from it on are "dirty". */
  cleanedOffset: number
  /** Segments that begin below this offset were perhaps compacted: they may leave offsets out. */
  sparseBelow: number
}

const fileName = 'checkpoint'

/**
 * The `checkpoint` file of a partition's folder: the CRC-32C of a JSON text, and the text. It is
 * replaced as a whole and synced before what it says is acted upon: segments go only after it says
 * where the log begins, and offsets are left out only after it says where that may be.
 */
export class LogCheckpoint {
  readonly #disk: Disk
  readonly #file: string
  #state: CheckpointState

  private constructor(disk: Disk, file: string, state: CheckpointState) {
    this.#disk = disk
    this.#file = file
    this.#state = state
  }

  /**
   * Reads the file; a log without one was neither shortened nor compacted. Of one that is damaged
   * nothing is believed, so the whole log may be sparse.
   */
  static open(disk: Disk, directory: string, log: (line: string) => void): LogCheckpoint {
    const file = path.join(directory, fileName)
    const none = { startOffset: 0, cleanedOffset: 0, sparseBelow: 0 }
    if (!disk.exists(file)) return new LogCheckpoint(disk, file, none)
    const [checksum, json = ''] = disk.readFile(file).toString().split('\n')
    if (checksum === checksumOf(json)) {
      return new LogCheckpoint(disk, file, JSON.parse(json) as CheckpointState)
    }
    log(`${file} is damaged: records that were deleted may be back`)
    return new LogCheckpoint(disk, file, { ...none, sparseBelow: Number.MAX_SAFE_INTEGER })
  }

  get startOffset(): number {
    return this.#state.startOffset
  }

  get cleanedOffset(): number {
    return this.#state.cleanedOffset
  }

  get sparseBelow(): number {
    return this.#state.sparseBelow
  }

  /** Changes a part; returns when that survives a power cut. Throws a `DiskError`. */
  set(part: Partial<CheckpointState>): void {
    const state = { ...this.#state, ...part }
    const json = JSON.stringify(state)
    this.#disk.replaceFile(this.#file, `${checksumOf(json)}\n${json}\n`)
    this.#state = state
  }
}

function checksumOf(json: string): string {
  return crc32c(Buffer.from(json)).toString(16)
}
