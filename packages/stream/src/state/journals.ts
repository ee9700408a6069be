import type { Disk } from '@millrace/host'
import { StateError } from './errors.js'
import { Journal } from './journal.js'

/**
 * The journals of a folder: `journal-E` has the steps after epoch E, up to the epoch by which the
 * next is called. A new one is begun with each snapshot; those before it go when that is whole.
 */
export class Journals {
  private readonly disk: Disk
  private readonly directory: string
  private current: Journal
  /** Bytes of those before the current one. */
  private olderBytes: number

  private constructor(disk: Disk, directory: string, current: Journal, olderBytes: number) {
    this.disk = disk
    this.directory = directory
    this.current = current
    this.olderBytes = olderBytes
  }

  /**
   * Gives the steps after an epoch to `replay`, in order, which gives the epoch of each, and goes on
   * behind the last. Throws a `StateError` where some are missing.
   */
  static async open(
    disk: Disk,
    directory: string,
    after: number,
    replay: (payload: Buffer) => number,
  ): Promise<Journals> {
    let epoch = after
    let olderBytes = 0
    const open = () =>
      Journal.open(disk, pathOf(directory, epoch), (payload) => {
        epoch = replay(payload)
      })
    let journal = await open()
    let path = pathOf(directory, after)
    while (path !== pathOf(directory, epoch) && disk.exists(pathOf(directory, epoch))) {
      path = pathOf(directory, epoch)
      olderBytes += journal.sizeBytes
      journal.close()
      journal = await open()
    }
    const journals = new Journals(disk, directory, journal, olderBytes)
    journals.refuseLater(epoch)
    journals.removeBefore(after)
    return journals
  }

  /** Bytes of all steps after the last snapshot. */
  get sizeBytes(): number {
    return this.olderBytes + this.current.sizeBytes
  }

  async append(payload: readonly Uint8Array[]): Promise<void> {
    await this.current.append(payload)
  }

  /** What comes from now on is of another journal, after this epoch. */
  async begin(epoch: number): Promise<void> {
    const path = pathOf(this.directory, epoch)
    // What was taken over without a step has its journal already, which is empty.
    if (path === this.current.path) return
    const next = await Journal.open(this.disk, path, () => {})
    this.disk.syncDirectory(this.directory)
    this.olderBytes += this.current.sizeBytes
    this.current.close()
    this.current = next
  }

  /** Removes those that a snapshot after this epoch has made needless. */
  removeBefore(epoch: number): void {
    for (const [path, first] of this.files()) {
      if (first < epoch && path !== this.current.path) this.disk.remove(path)
    }
    if (this.current.path === pathOf(this.directory, epoch)) this.olderBytes = 0
  }

  close(): void {
    this.current.close()
  }

  /** A journal that was begun and never written may be of a snapshot that was not finished. */
  private refuseLater(epoch: number): void {
    for (const [path, first] of this.files()) {
      if (first <= epoch) continue
      if (this.disk.readFile(path).length > 0) {
        const detail = `${path}: the steps between epoch ${epoch} and ${first} are missing`
        throw new StateError('JOURNAL_DAMAGED', detail)
      }
      this.disk.remove(path)
    }
  }

  private files(): [path: string, epoch: number][] {
    return this.disk.list(this.directory).flatMap((name): [string, number][] => {
      const digits = /^journal-(\d+)$/.exec(name)?.[1]
      return digits === undefined ? [] : [[`${this.directory}/${name}`, Number(digits)]]
    })
  }
}

function pathOf(directory: string, epoch: number): string {
  return `${directory}/journal-${epoch}`
}
