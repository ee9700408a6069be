import { createHash, type Hash } from 'node:crypto'
import path from 'node:path'
import { DiskError, type Host } from '@millrace/host'
import { watchEveryMs } from '../limits.js'

/** What a project is written in. */
const projectFile = /\.(sql|ya?ml|avsc|json|proto)$/
/** What its functions are written in. */
const moduleFile = /\.[cm]?[jt]s$/

/**
 * Notices that a file of a project has changed, by what is in the files: saving one again as it was
 * is no change. A change counts when two looks in a row find the same, for an editor may have
 * written half of it at the first.
 */
export class ProjectWatch {
  readonly #host: Host
  readonly #folder: string
  readonly #modulesBefore: string | undefined
  #seen: string
  #latest: string

  constructor(host: Host, folder: string) {
    this.#host = host
    this.#folder = folder
    this.#seen = this.#contents()
    this.#latest = this.#seen
    this.#modulesBefore = modulesIn(this.#seen)
  }

  /** Were modules other ones when this process began, which loads each of them once? */
  get hasNewModules(): boolean {
    return modulesIn(this.#seen) !== this.#modulesBefore
  }

  /** True at the next change, also one since the last call; false when the signal is aborted. */
  async next(signal: AbortSignal): Promise<boolean> {
    while (!signal.aborted) {
      const before = this.#latest
      this.#latest = this.#contents()
      if (this.#latest === before && this.#latest !== this.#seen) {
        this.#seen = this.#latest
        return true
      }
      await this.#host.clock.sleep(watchEveryMs, signal).catch(() => {})
    }
    return false
  }

  /** A hash of the modules, and one of everything else. */
  #contents(): string {
    const [modules, files] = [createHash('sha1'), createHash('sha1')]
    this.#add(this.#folder, { modules, files })
    return `${modules.digest('hex')} ${files.digest('hex')}`
  }

  #add(folder: string, hashes: { modules: Hash; files: Hash }): void {
    const { disk } = this.#host
    try {
      for (const name of disk.list(folder)) {
        const place = path.join(folder, name)
        if (name.startsWith('.') || name === 'node_modules') continue
        if (disk.kind(place) === 'directory') {
          this.#add(place, hashes)
          continue
        }
        const isModule = moduleFile.test(name)
        if (!isModule && !projectFile.test(name)) continue
        const hash = isModule ? hashes.modules : hashes.files
        hash.update(place).update(disk.readFile(place))
      }
    } catch (cause) {
      // A file that goes away while it is looked at is a change that the next look sees.
      if (!(cause instanceof DiskError)) throw cause
    }
  }
}

function modulesIn(contents: string): string | undefined {
  return contents.split(' ')[0]
}
