import fs from 'node:fs'

/** A process, as Linux counts it. */
export interface ProcessUsage {
  pid: number
  /** The program's file without its ending: `millrace`, `job`, `tables`. */
  name: string
  residentMegabytes: number
  /** Resident memory in which a page that several processes share counts for each in part. */
  ownMegabytes: number
  cpuSeconds: number
  /** How often any of its threads went to sleep, and so was woken, since it began. */
  sleeps: number
}

/** A process and all that it has started, itself first. */
export function processesOf(pid: number): ProcessUsage[] {
  return [usageOf(pid), ...childrenOf(pid).flatMap(processesOf)]
}

function childrenOf(pid: number): number[] {
  return threadsOf(pid).flatMap((thread) => {
    const text = fs.readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8')
    return text.split(' ').filter(Boolean).map(Number)
  })
}

function threadsOf(pid: number): string[] {
  return fs.readdirSync(`/proc/${pid}/task`)
}

function usageOf(pid: number): ProcessUsage {
  const program = fs
    .readFileSync(`/proc/${pid}/cmdline`, 'utf8')
    .split('\0')
    .find((word) => word.endsWith('.js'))
  const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8')
  // After the name, which stands in brackets and may hold anything: user and system time.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return {
    pid,
    name: /([^/]+)\.js$/.exec(program ?? '')?.[1] ?? 'program',
    residentMegabytes: kilobytes(`/proc/${pid}/status`, 'VmRSS') / 1024,
    ownMegabytes: kilobytes(`/proc/${pid}/smaps_rollup`, 'Pss') / 1024,
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / ticksPerSecond,
    sleeps: threadsOf(pid).reduce((sum, thread) => sum + sleepsOf(pid, thread), 0),
  }
}

function sleepsOf(pid: number, thread: string): number {
  const status = fs.readFileSync(`/proc/${pid}/task/${thread}/status`, 'utf8')
  return Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(status)?.[1])
}

function kilobytes(file: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(fs.readFileSync(file, 'utf8'))?.[1])
}

/** What Linux counts CPU time in, on every machine that Node runs on (USER_HZ). */
const ticksPerSecond = 100
