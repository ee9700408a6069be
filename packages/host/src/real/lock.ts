import { createHash, randomBytes } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { DiskError } from '../disk.js'

/** What a lock's file says of its holder. */
interface Holder {
  pid: number
  /** When the process was started, by the system's own count; undefined where it does not tell. */
  birth?: string
}

/** The locks that this thread holds. */
const held = new Set<string>()

/**
 * Takes `file` for this process alone. Node has no lock that the system takes back when a process
 * ends, so it is a symbolic link whose target names the holder (`PID:BIRTH:WHICH`), as editors make
 * them: made in one step or not at all, and without a byte of a disk that may be full. One that
 * names a process that is gone is taken over.
 *
 * - A process id alone does not name a process, for ids come again: after a restart of the machine,
 *   and in containers nearly always. Where the system tells when a process was started (Linux),
 *   the link says that too.
 * - A lock of this very process that this thread does not hold is one of a thread that ended.
 * - A dead holder has one heir: whoever gets the lock whose name is made of that holder. Nobody else
 *   replaces its link, so among many that find it, none takes away what another has got. An heir
 *   that dies before it has done so is inherited from in the same way.
 */
export function lockFile(file: string): () => void {
  const name = path.resolve(file)
  if (held.has(name)) throw busy(name, process.pid)
  // Each time another one, so that nobody takes it for a link that was there before.
  const mine = `${process.pid}:${birthOf(process.pid) ?? ''}:${randomBytes(8).toString('hex')}`
  take(name, mine)
  held.add(name)
  let isHeld = true
  return () => {
    if (!isHeld) return
    isHeld = false
    held.delete(name)
    if (targetOf(name) === mine) fs.rmSync(name, { force: true })
  }
}

/** Makes the link; throws a `DiskError` with EBUSY where one that is alive has it. */
function take(name: string, mine: string): void {
  while (!made(name, mine)) {
    const there = targetOf(name)
    if (there === undefined) continue
    const holder = holderIn(there)
    if (holder !== undefined && holder.pid !== process.pid && isAlive(holder)) {
      throw busy(name, holder.pid)
    }
    const heir = `${name}.${createHash('sha256').update(there).digest('hex').slice(0, 16)}`
    take(heir, mine)
    if (targetOf(name) === there) {
      fs.renameSync(heir, name)
      return
    }
    // Somebody inherited it and was done before we looked.
    fs.rmSync(heir, { force: true })
  }
}

/** False where something is there. */
function made(name: string, target: string): boolean {
  return unless('EEXIST', false, () => {
    fs.symlinkSync(target, name)
    return true
  })
}

/** What the link says; empty for what is no link, undefined where nothing is. */
function targetOf(name: string): string | undefined {
  return unless('ENOENT', undefined, () => unless('EINVAL', '', () => fs.readlinkSync(name)))
}

/** Undefined for what is no lock. */
function holderIn(target: string): Holder | undefined {
  const [, pid, birth] = /^(\d+):([^:]*)/.exec(target) ?? []
  if (pid === undefined) return undefined
  return { pid: Number(pid), ...(birth !== '' && { birth }) }
}

function unless<Result, Otherwise>(
  code: string,
  otherwise: Otherwise,
  action: () => Result,
): Result | Otherwise {
  try {
    return action()
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === code) return otherwise
    throw cause
  }
}

function isAlive({ pid, birth }: Holder): boolean {
  try {
    process.kill(pid, 0)
  } catch (cause) {
    // EPERM: it is there, and somebody else's.
    if ((cause as NodeJS.ErrnoException).code !== 'EPERM') return false
  }
  const now = birthOf(pid)
  return birth === undefined || now === undefined || birth === now
}

/**
 * The machine's start, and how long after it the process was started (field 22 of
 * `/proc/PID/stat`, proc_pid_stat(5)).
 */
function birthOf(pid: number): string | undefined {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8')
    const boot = fs.readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    // The second field is the program's name in parentheses, and may hold anything.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    // A zombie has ended: it only waits to be asked for its exit code.
    return fields[0] === 'Z' ? 'ended' : `${boot}/${fields[19]}`
  } catch {
    return undefined
  }
}

function busy(name: string, pid: number): DiskError {
  const message = `Could not lock ${name}: process ${pid} holds it. Stop that one, or use another folder.`
  return new DiskError('EBUSY', name, message)
}
