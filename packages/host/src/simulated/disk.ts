import path from 'node:path'
import { type Disk, DiskError, type DiskFile } from '../disk.js'
import type { Random } from '../random.js'

/** One write that a power cut may still take back, in whole or in part. */
interface Unsynced {
  position: number
  bytes: Buffer
  /** Set for a truncation instead of a write. */
  size?: number
}

interface FileContent {
  /** What a power cut leaves. */
  durable: Buffer
  /** What a reader sees. */
  visible: Buffer
  unsynced: Unsynced[]
}

/**
 * Files in memory that can lose their power.
 *
 * Invariants:
 * - `visible` of a file is `durable` with all of `unsynced` applied, in order.
 * - `sync` makes `durable` equal to `visible`; `crash` makes `visible` equal to `durable`, after
 *   any subset of the unsynced writes reached the device, one of them perhaps torn.
 * - Names (made, renamed, removed) are durable at once; losing them is not simulated.
 */
export class SimulatedDisk implements Disk {
  readonly #files = new Map<string, FileContent>()
  readonly #folders = new Set<string>(['/'])
  /** Bytes that all files together may hold; writes beyond it fail with ENOSPC. */
  capacityBytes = Number.POSITIVE_INFINITY

  open(file: string, options?: { create?: boolean }): DiskFile {
    const name = path.resolve(file)
    let content = this.#files.get(name)
    if (content === undefined) {
      if (!options?.create || !this.#folders.has(path.dirname(name))) throw notThere(name)
      content = { durable: Buffer.alloc(0), visible: Buffer.alloc(0), unsynced: [] }
      this.#files.set(name, content)
    }
    return this.#handle(name, content)
  }

  readFile(file: string): Buffer {
    return Buffer.from(this.#content(file).visible)
  }

  replaceFile(file: string, bytes: Uint8Array | string): void {
    const name = path.resolve(file)
    if (!this.#folders.has(path.dirname(name))) throw notThere(name)
    const whole = Buffer.from(bytes as Uint8Array)
    this.#reserve(name, whole.length - (this.#files.get(name)?.visible.length ?? 0))
    this.#files.set(name, { durable: whole, visible: Buffer.from(whole), unsynced: [] })
  }

  exists(file: string): boolean {
    return this.kind(file) !== undefined
  }

  kind(file: string): 'file' | 'directory' | undefined {
    const name = path.resolve(file)
    if (this.#files.has(name)) return 'file'
    return this.#folders.has(name) ? 'directory' : undefined
  }

  list(folder: string): string[] {
    const name = path.resolve(folder)
    if (!this.#folders.has(name)) throw notThere(name)
    const names = [...this.#files.keys(), ...this.#folders]
    return names
      .filter((each) => each !== name && path.dirname(each) === name)
      .map((each) => path.basename(each))
      .sort()
  }

  makeDirectory(folder: string): void {
    let name = path.resolve(folder)
    while (!this.#folders.has(name)) {
      this.#folders.add(name)
      name = path.dirname(name)
    }
  }

  rename(from: string, to: string): void {
    const [source, target] = [path.resolve(from), path.resolve(to)]
    if (this.#folders.has(source)) {
      for (const [name, content] of [...this.#files]) {
        if (!name.startsWith(`${source}${path.sep}`)) continue
        this.#files.delete(name)
        this.#files.set(target + name.slice(source.length), content)
      }
      for (const name of [...this.#folders]) {
        if (name !== source && !name.startsWith(`${source}${path.sep}`)) continue
        this.#folders.delete(name)
        this.#folders.add(target + name.slice(source.length))
      }
      return
    }
    const content = this.#content(from)
    this.#files.delete(source)
    this.#files.set(target, content)
  }

  remove(file: string): void {
    const name = path.resolve(file)
    const below = (each: string) => each === name || each.startsWith(`${name}${path.sep}`)
    for (const each of [...this.#files.keys()]) if (below(each)) this.#files.delete(each)
    for (const each of [...this.#folders]) if (below(each)) this.#folders.delete(each)
  }

  syncDirectory(): void {}

  /** The power goes. Open files may not be used after it. */
  crash(random: Random): void {
    for (const content of this.#files.values()) {
      let after = content.durable
      for (const change of content.unsynced) {
        const fate = random.below(3)
        if (fate === 0) continue
        const torn = fate === 1 && change.size === undefined && change.bytes.length > 1
        after = torn
          ? applied(after, {
              ...change,
              bytes: change.bytes.subarray(0, 1 + random.below(change.bytes.length - 1)),
            })
          : applied(after, change)
      }
      content.durable = after
      content.visible = Buffer.from(after)
      content.unsynced = []
    }
  }

  #handle(name: string, content: FileContent): DiskFile {
    const change = (unsynced: Unsynced) => {
      content.unsynced.push(unsynced)
      content.visible = applied(content.visible, unsynced)
    }
    return {
      size: () => content.visible.length,
      read: (position, target) => {
        const from = Math.min(position, content.visible.length)
        const part = content.visible.subarray(from, from + target.length)
        target.set(part)
        return part.length
      },
      write: (position, bytes) => {
        this.#reserve(name, position + bytes.length - content.visible.length)
        change({ position, bytes: Buffer.from(bytes) })
      },
      truncate: (size) => change({ position: 0, bytes: Buffer.alloc(0), size }),
      sync: async () => {
        content.durable = Buffer.from(content.visible)
        content.unsynced = []
      },
      close: () => {},
    }
  }

  #content(file: string): FileContent {
    const name = path.resolve(file)
    const content = this.#files.get(name)
    if (content === undefined) throw notThere(name)
    return content
  }

  #reserve(name: string, grownBytes: number): void {
    if (grownBytes <= 0) return
    let usedBytes = 0
    for (const content of this.#files.values()) usedBytes += content.visible.length
    if (usedBytes + grownBytes > this.capacityBytes) {
      throw new DiskError('ENOSPC', name, `Could not write ${name}: the disk is full.`)
    }
  }
}

function applied(before: Buffer, change: Unsynced): Buffer {
  if (change.size !== undefined) {
    const after = Buffer.alloc(change.size)
    before.copy(after, 0, 0, change.size)
    return after
  }
  const end = change.position + change.bytes.length
  const after = Buffer.alloc(Math.max(before.length, end))
  before.copy(after)
  change.bytes.copy(after, change.position)
  return after
}

function notThere(name: string): DiskError {
  return new DiskError('ENOENT', name, `Could not open ${name}: there is no such file or folder.`)
}
