import path from 'node:path'
import type { Clock } from '../clock.js'
import { type Disk, DiskError, type DiskFile, type DiskSpace, type FileContent } from '../disk.js'
import { type Random, seededRandom } from '../random.js'
import { SimulatedFile } from './simulated-file.js'
import { SimulatedFolder } from './simulated-folder.js'

/** What goes wrong when it is asked for. */
export interface DiskFaults {
  /** The code with which a change of this file (bytes or name) is refused. */
  refusal?: (file: string) => 'EIO' | 'ENOSPC' | undefined
  /** What a sync of this file comes to; 'lost' says that it is done, and it is not. */
  sync?: (file: string) => 'done' | 'failed' | 'lost'
  /** How long it takes. */
  syncMs?: (file: string) => number
}

export interface SimulatedDiskOptions {
  /** For syncs that take their time; without it they take none. */
  clock?: Pick<Clock, 'sleep'>
  /** Decides how much of a write that fails, or of a sync that fails, is there all the same. */
  random?: Random
}

/**
 * Files in memory that can lose their power.
 *
 * Invariants:
 * - A name is one thing and a file's bytes are another: `sync` of a file is for its bytes,
 *   `syncDirectory` for the names in a folder. Each of them survives `crash` once it is synced.
 * - What is not synced survives in any part: writes in any order, one of them perhaps torn; names
 *   made, moved and removed.
 */
export class SimulatedDisk implements Disk {
  readonly #root = new SimulatedFolder()
  readonly #clock: Pick<Clock, 'sleep'> | undefined
  readonly #random: Random
  readonly #locks = new Map<string, symbol>()
  faults: DiskFaults = {}
  /** Bytes that all files together may hold; writes beyond it fail with ENOSPC. */
  capacityBytes = Number.POSITIVE_INFINITY

  constructor({ clock, random = seededRandom(0) }: SimulatedDiskOptions = {}) {
    this.#clock = clock
    this.#random = random
  }

  open(file: string, options?: { create?: boolean }): DiskFile {
    const name = path.resolve(file)
    const there = this.#find(name)
    if (there?.kind === 'directory') throw refused('EISDIR', 'open', name)
    if (there !== undefined) return this.#handle(name, there)
    if (!options?.create) throw refused('ENOENT', 'open', name)
    const made = new SimulatedFile()
    this.#change(name, (folder) => folder.change([path.basename(name), made]))
    return this.#handle(name, made)
  }

  readFile(file: string): Buffer {
    const name = path.resolve(file)
    const there = this.#find(name)
    if (there?.kind !== 'file') throw refused('ENOENT', 'open', name)
    return Buffer.from(there.visible.view())
  }

  replaceFile(file: string, content: FileContent): void {
    const name = path.resolve(file)
    const whole = bytesOf(content)
    const draft = new SimulatedFile()
    this.#change(name, (folder) => {
      this.#reserve(name, whole.length)
      draft.write(0, whole)
      draft.sync(draft.syncMark())
      folder.change([path.basename(name), draft])
      folder.sync()
    })
  }

  async replaceFileInBackground(file: string, content: FileContent): Promise<void> {
    await Promise.resolve()
    this.replaceFile(file, content)
  }

  exists(file: string): boolean {
    return this.kind(file) !== undefined
  }

  kind(file: string): 'file' | 'directory' | undefined {
    return this.#find(path.resolve(file))?.kind
  }

  /** Nobody tells this disk the time. */
  modifiedMs(file: string): number {
    const name = path.resolve(file)
    if (this.#find(name) === undefined) throw refused('ENOENT', 'look at', name)
    return 0
  }

  list(folder: string): string[] {
    return [...this.#folder(path.resolve(folder)).visible.keys()].sort()
  }

  makeDirectory(folder: string): void {
    const name = path.resolve(folder)
    const there = this.#find(name)
    if (there?.kind === 'directory') return
    if (there !== undefined) throw refused('EEXIST', 'make', name)
    this.makeDirectory(path.dirname(name))
    this.#change(name, (above) => {
      above.change([path.basename(name), new SimulatedFolder()])
      above.sync()
    })
  }

  rename(from: string, to: string): void {
    const source = path.resolve(from)
    const target = path.resolve(to)
    const node = this.#find(source)
    if (node === undefined) throw refused('ENOENT', 'rename', source)
    const out = [path.basename(source), undefined] as const
    const into = [path.basename(target), node] as const
    this.#change(source, (above) => {
      const below = this.#folder(path.dirname(target))
      if (above === below) return above.change(out, into)
      // A move between folders does not lose one half: it is simulated as synced.
      below.change(into)
      below.sync()
      above.change(out)
      above.sync()
    })
  }

  remove(file: string): void {
    const name = path.resolve(file)
    const there = this.#find(name)
    if (there === undefined) return
    if (there.kind === 'directory') {
      for (const each of [...there.visible.keys()]) this.remove(path.join(name, each))
    }
    this.#change(name, (above) => above.change([path.basename(name), undefined]))
  }

  async removeInBackground(file: string): Promise<void> {
    await Promise.resolve()
    this.remove(file)
  }

  syncDirectory(folder: string): void {
    const name = path.resolve(folder)
    const there = this.#folder(name)
    const outcome = this.faults.sync?.(name) ?? 'done'
    if (outcome === 'failed') throw refused('EIO', 'sync', name)
    if (outcome === 'done') there.sync()
  }

  space(file: string): DiskSpace {
    const name = path.resolve(file)
    if (this.#find(name) === undefined) throw refused('ENOENT', 'look at', name)
    return {
      totalBytes: this.capacityBytes,
      usableBytes: Math.max(0, this.#roomBytes()),
    }
  }

  lock(file: string): () => void {
    const name = path.resolve(file)
    this.#folder(path.dirname(name))
    if (this.#locks.has(name)) throw refused('EBUSY', 'lock', name)
    const lock = Symbol(name)
    this.#locks.set(name, lock)
    return () => {
      if (this.#locks.get(name) === lock) this.#locks.delete(name)
    }
  }

  /** What the end of a process does. */
  releaseLocks(): void {
    this.#locks.clear()
  }

  /** Bytes that all files have together. */
  get usedBytes(): number {
    return bytesIn(this.#root)
  }

  /** The power goes. Open files may not be used after it. */
  crash(random: Random = this.#random): void {
    this.releaseLocks()
    this.#root.crash(random)
  }

  #handle(name: string, file: SimulatedFile): DiskFile {
    return {
      size: () => file.visible.length,
      read: (position, target) => {
        const part = file.visible.view(position, position + target.length)
        target.set(part)
        return part.length
      },
      write: (position, bytes) => this.#write(name, file, position, bytes),
      readInBackground: async (position, targets) => {
        await Promise.resolve()
        let done = 0
        for (const target of targets) {
          const part = file.visible.view(position + done, position + done + target.length)
          target.set(part)
          done += part.length
          if (part.length < target.length) break
        }
        return done
      },
      writeInBackground: async (position, bytes) => {
        await Promise.resolve()
        this.#write(name, file, position, bytes)
      },
      truncate: (size) => {
        this.#check(name, 'truncate')
        file.truncate(size)
      },
      sync: () => this.#sync(name, file),
      close: () => {},
    }
  }

  #write(name: string, file: SimulatedFile, position: number, bytes: Uint8Array): void {
    try {
      this.#check(name, 'write')
      this.#reserve(name, position + bytes.length - file.visible.length)
    } catch (refusal) {
      const part = this.#random.below(bytes.length + 1)
      if (this.#roomBytes() > part && part > 0) file.write(position, bytes.subarray(0, part))
      throw refusal
    }
    file.write(position, bytes)
  }

  async #sync(name: string, file: SimulatedFile): Promise<void> {
    const mark = file.syncMark()
    const outcome = this.faults.sync?.(name) ?? 'done'
    if (outcome === 'failed') {
      // At once: nobody is killed between the failure and hearing of it.
      file.failSync(mark, this.#random)
      throw refused('EIO', 'sync', name)
    }
    const takesMs = this.faults.syncMs?.(name) ?? 0
    if (takesMs > 0) await this.#clock?.sleep(takesMs)
    if (outcome === 'done') file.sync(mark)
  }

  /** Changes a name in its folder. */
  #change(name: string, change: (folder: SimulatedFolder) => void): void {
    const folder = this.#folder(path.dirname(name), name)
    this.#check(name, 'change')
    change(folder)
  }

  #check(name: string, verb: string): void {
    const code = this.faults.refusal?.(name)
    if (code !== undefined) throw refused(code, verb, name)
  }

  /** The folder; an error names what it was wanted for. */
  #folder(name: string, wantedFor = name): SimulatedFolder {
    const there = this.#find(name)
    if (there === undefined) throw refused('ENOENT', 'open', wantedFor)
    if (there.kind === 'file') throw refused('ENOTDIR', 'open', wantedFor)
    return there
  }

  #find(name: string): SimulatedFile | SimulatedFolder | undefined {
    let node: SimulatedFile | SimulatedFolder | undefined = this.#root
    for (const part of name.split(path.sep)) {
      if (part === '') continue
      if (node?.kind !== 'directory') return undefined
      node = node.visible.get(part)
    }
    return node
  }

  #reserve(name: string, grownBytes: number): void {
    if (grownBytes <= 0 || grownBytes <= this.#roomBytes()) return
    throw refused('ENOSPC', 'write', name)
  }

  #roomBytes(): number {
    if (this.capacityBytes === Number.POSITIVE_INFINITY) return this.capacityBytes
    return this.capacityBytes - this.usedBytes
  }
}

function bytesIn(folder: SimulatedFolder): number {
  let bytes = 0
  for (const node of folder.visible.values()) {
    bytes += node.kind === 'file' ? node.visible.length : bytesIn(node)
  }
  return bytes
}

function bytesOf(content: FileContent): Buffer {
  if (typeof content === 'string') return Buffer.from(content)
  return ArrayBuffer.isView(content) ? Buffer.from(content) : Buffer.concat(content)
}

const reasons = {
  ENOENT: 'there is no such file or folder',
  ENOTDIR: 'a part of the path is not a folder',
  EISDIR: 'it is a folder',
  EBUSY: 'somebody holds it',
  EEXIST: 'it is there',
  ENOSPC: 'the disk is full',
  EIO: 'input/output error',
}

function refused(code: keyof typeof reasons, verb: string, name: string): DiskError {
  return new DiskError(code, name, `Could not ${verb} ${name}: ${reasons[code]}.`)
}
