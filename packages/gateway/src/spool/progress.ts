/**
 * How far the spool is: which frames the log has, and where the producer of each lane stands. One
 * line for each step, JSON with its checksum before it; the first line is a whole state. It is
 * written anew when a segment goes.
 *
 * A line that was written survives the process; one that is to survive a power cut is synced, see
 * `synced`.
 */
import path from 'node:path'
import type { Disk, DiskFile } from '@millrace/host'
import { crc32c, type ProducerPlace } from '@millrace/log'

/** The state: what is not said to be done is not. */
export interface ProgressState {
  /** Frames from this number on are not done, unless a later line says so. */
  next: number
  /** Runs of frames before it that are not done: first and last of each. */
  pending: [number, number][]
  /** Of some of them, how many of their records are done. */
  parts: [number, number][]
  /** By lane. */
  places: Record<string, ProducerPlace>
}

/** A step of one lane. */
export interface ProgressStep {
  lane: string
  /** Where its producer stands now. */
  place?: ProducerPlace
  /** The frame that is done. */
  done?: number
  /** Of this frame, so many records are done. */
  part?: [number, number]
}

/** What the lines say, put together. */
export interface ProgressRead {
  isDone(frame: number): boolean
  places: Map<string, ProducerPlace>
  /** Records done of frames that are not done as a whole. */
  parts: Map<number, number>
}

const fileName = 'progress'

export class Progress {
  readonly #disk: Disk
  readonly #path: string
  #file: DiskFile
  #bytes = 0
  #syncing: Promise<void> | undefined
  #again: Promise<void> | undefined

  private constructor(disk: Disk, file: string) {
    this.#disk = disk
    this.#path = file
    const isNew = !disk.exists(file)
    this.#file = disk.open(file, { create: true })
    if (isNew) disk.syncDirectory(path.dirname(file))
    this.#bytes = this.#file.size()
  }

  /** Reads what is there; a last line that is cut off is as if it had not been written. */
  static open(disk: Disk, folder: string): { progress: Progress; read: ProgressRead } {
    const progress = new Progress(disk, path.join(folder, fileName))
    const bytes = Buffer.allocUnsafe(progress.#bytes)
    progress.#file.read(0, bytes)
    const { read, sound } = readLines(bytes)
    if (sound < bytes.length) {
      progress.#file.truncate(sound)
      progress.#bytes = sound
    }
    return { progress, read }
  }

  write(step: ProgressStep): void {
    const line = encodeLine(step)
    this.#file.write(this.#bytes, line)
    this.#bytes += line.length
  }

  /** Resolves when all that is written survives a power cut. */
  synced(): Promise<void> {
    if (this.#syncing === undefined) {
      this.#syncing = this.#file.sync().finally(() => {
        this.#syncing = undefined
      })
      return this.#syncing
    }
    // The one under way began before the last lines, perhaps.
    this.#again ??= this.#syncing.then(() => {
      this.#again = undefined
      return this.synced()
    })
    return this.#again
  }

  /** Puts the whole state of that moment in place of all lines; it survives a power cut. */
  async rewrite(state: () => ProgressState): Promise<void> {
    while (this.#syncing !== undefined) await this.#syncing
    const line = encodeLine(state())
    this.#file.close()
    this.#disk.replaceFile(this.#path, line)
    this.#file = this.#disk.open(this.#path)
    this.#bytes = line.length
  }

  close(): void {
    this.#file.close()
  }
}

function encodeLine(value: ProgressStep | ProgressState): Buffer {
  const json = Buffer.from(JSON.stringify(value))
  return Buffer.from(`${crc32c(json).toString(16).padStart(8, '0')} ${json}\n`)
}

function readLines(bytes: Buffer): { read: ProgressRead; sound: number } {
  let state: ProgressState = { next: 0, pending: [], parts: [], places: {} }
  const done = new Set<number>()
  const places = new Map<string, ProducerPlace>()
  const parts = new Map<number, number>()
  let at = 0
  for (let end = bytes.indexOf(10, at); end >= 0; end = bytes.indexOf(10, at)) {
    const json = bytes.subarray(at + 9, end)
    if (Number.parseInt(bytes.toString('latin1', at, at + 8), 16) !== crc32c(json)) break
    const line = JSON.parse(json.toString()) as ProgressStep | ProgressState
    if ('next' in line) {
      state = line
      for (const [lane, place] of Object.entries(line.places)) places.set(lane, place)
      for (const [frame, records] of line.parts) parts.set(frame, records)
    } else {
      if (line.place !== undefined) places.set(line.lane, line.place)
      if (line.done !== undefined) done.add(line.done)
      if (line.part !== undefined) parts.set(...line.part)
    }
    at = end + 1
  }
  const isPending = (frame: number) =>
    frame >= state.next || state.pending.some(([first, last]) => frame >= first && frame <= last)
  const isDone = (frame: number) => done.has(frame) || !isPending(frame)
  return { read: { isDone, places, parts }, sound: at }
}
