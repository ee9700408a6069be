/**
 * One platform a data folder.
 *
 * The lock is a file that names the process that holds the folder and the children that write in
 * it. It holds as long as that process lives: a dead holder's lock is taken over, after its
 * children, which end by themselves when their supervisor's channel closes, are gone.
 *
 * A process id alone does not name a process: ids come again after a restart of the machine, and
 * in containers nearly always. So the lock also keeps when the process was started, by the
 * operating system's own count, where it tells it (Linux); elsewhere the id alone decides.
 *
 * Two starts at the same moment: each looks, puts its lock in place at once, waits a moment and
 * reads it again. The one that reads its own id goes on. (`Disk` has no exclusive create.)
 */
import path from 'node:path'
import type { Disk, Host } from '@millrace/host'
import { controlErrors } from '../errors.js'
import { lockSettleMs, orphanPollMs, orphanWaitMsMax } from '../limits.js'
import { beginDataFolder } from './datafolder.js'

interface LockFile {
  pid: number
  /** Milliseconds since 1970, for people. */
  startedAt: number
  /** The operating system's count for the process, where it has one. */
  birth?: string
  children: { pid: number; birth?: string }[]
}

/** The folder is held from `take` to `release`. */
export class FolderLock {
  readonly #host: Host
  readonly #file: string
  #content: LockFile

  private constructor(host: Host, file: string, content: LockFile) {
    this.#host = host
    this.#file = file
    this.#content = content
  }

  /** Rejects with ALREADY_RUNNING, which names `project`, where a live process holds the folder. */
  static async take(host: Host, folder: string, project = folder): Promise<FolderLock> {
    beginDataFolder(host.disk, folder)
    const file = path.join(folder, 'lock')
    const refuse = () => refuseLive(host.disk, project, readLock(host.disk, file))
    refuse()
    await waitForOrphans(host, folder, readLock(host.disk, file))
    const lock = new FolderLock(host, file, {
      pid: process.pid,
      startedAt: host.clock.now(),
      ...birthOf(host.disk, process.pid),
      children: [],
    })
    beginDataFolder(host.disk, folder, () => lock.#write(refuse))
    await host.clock.sleep(lockSettleMs)
    refuse()
    return lock
  }

  /** Tells which children write in the folder now. */
  setChildren(pids: readonly number[]): void {
    const children = pids.map((pid) => ({ pid, ...birthOf(this.#host.disk, pid) }))
    this.#content = { ...this.#content, children }
    this.#write()
  }

  release(): void {
    this.#host.disk.remove(this.#file)
  }

  /** Puts the lock in place; `check` is called right before, after all that is slow. */
  #write(check: () => void = () => {}): void {
    const { disk } = this.#host
    const draft = `${this.#file}.${process.pid}`
    disk.replaceFile(draft, `${JSON.stringify(this.#content)}\n`)
    try {
      check()
      disk.rename(draft, this.#file)
    } finally {
      disk.remove(draft)
    }
  }
}

/** Throws where a live process other than this one holds the project's folder. */
function refuseLive(disk: Disk, project: string, held: LockFile | undefined): void {
  if (held === undefined || held.pid === process.pid || !lives(disk, held)) return
  throw controlErrors.alreadyRunning(project, held.pid, dateText(held.startedAt))
}

/** Waits until the children of a dead holder are gone. */
async function waitForOrphans(
  host: Host,
  folder: string,
  held: LockFile | undefined,
): Promise<void> {
  const deadline = host.clock.monotonic() + orphanWaitMsMax
  for (;;) {
    const orphans = (held?.children ?? []).filter((child) => lives(host.disk, child))
    if (orphans.length === 0) return
    if (host.clock.monotonic() > deadline) {
      const pids = orphans.map((child) => child.pid)
      throw controlErrors.earlierRunLives(folder, pids)
    }
    await host.clock.sleep(orphanPollMs)
  }
}

/** A lock that cannot be read (torn by a power cut) holds nothing. */
function readLock(disk: Disk, file: string): LockFile | undefined {
  if (!disk.exists(file)) return undefined
  try {
    const content = JSON.parse(disk.readFile(file).toString('utf8')) as LockFile
    return Number.isInteger(content.pid) && Array.isArray(content.children) ? content : undefined
  } catch {
    return undefined
  }
}

/** Whether this very process still lives. */
function lives(disk: Disk, { pid, birth }: { pid: number; birth?: string }): boolean {
  if (!isAlive(pid)) return false
  const now = birthOf(disk, pid).birth
  return birth === undefined || now === undefined || birth === now
}

/** Whether any process has this id. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (cause) {
    // EPERM: it is there, and somebody else's.
    return (cause as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/**
 * When the process was started, in clock ticks since the machine was (field 22 of
 * `/proc/PID/stat`, proc_pid_stat(5)), with the machine's own start.
 */
function birthOf(disk: Disk, pid: number): { birth?: string } {
  try {
    const stat = disk.readFile(`/proc/${pid}/stat`).toString('utf8')
    const boot = disk.readFile('/proc/sys/kernel/random/boot_id').toString('utf8').trim()
    // The second field is the program's name in parentheses, and may hold anything.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    // A zombie has ended: it only waits to be asked for its exit code.
    if (fields[0] === 'Z') return { birth: 'ended' }
    const ticks = fields[19]
    return ticks === undefined ? {} : { birth: `${boot}/${ticks}` }
  } catch {
    return {}
  }
}

function dateText(time: number): string {
  return new Date(time).toISOString().replace(/\.\d+Z$/, 'Z')
}
