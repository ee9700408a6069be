import path from 'node:path'
import { type Disk, DiskError, type Host } from '@millrace/host'

/** Where the jobs of a script keep their state, and what they are called. */
export interface StateFolder {
  readonly path: string
  /** The start of the jobs' names. It is kept in the folder, so that a later run goes on. */
  readonly name: string
}

const nameFile = 'name'

/** Opens the folder, or makes one; a run that finds a name there goes on with those jobs. */
export function openStateFolder(host: Host, folder: string, script: string): StateFolder {
  const { disk } = host
  disk.makeDirectory(folder)
  const file = path.join(folder, nameFile)
  if (disk.exists(file)) return { path: folder, name: disk.readFile(file).toString('utf8').trim() }
  const name = `${baseOf(script)}-${host.random.uuid().slice(0, 8)}`
  disk.replaceFile(file, `${name}\n`)
  return { path: folder, name }
}

/** A folder that nobody has named, for one run alone. */
export interface TemporaryStateFolder extends StateFolder {
  /** Leaves it there for a later run. */
  keep(): void
}

const temporaryPrefix = 'millrace-run-'
const lockFile = 'running'

/** Makes such a folder below `above`, where those go that killed runs have left. */
export function temporaryStateFolder(
  host: Host,
  above: string,
  script: string,
): TemporaryStateFolder {
  removeAbandoned(host.disk, above)
  const name = `${temporaryPrefix}${host.random.uuid().slice(0, 8)}`
  const folder = openStateFolder(host, path.join(above, name), script)
  const keep = host.disk.lock(path.join(folder.path, lockFile))
  return { ...folder, keep }
}

/** A folder that is kept has no lock; one that is locked, and by nobody that is alive, has no use. */
function removeAbandoned(disk: Disk, above: string): void {
  for (const name of unlessRefused(() => disk.list(above)) ?? []) {
    if (!name.startsWith(temporaryPrefix)) continue
    const folder = path.join(above, name)
    unlessRefused(() => {
      if (!disk.list(folder).includes(lockFile)) return
      const release = disk.lock(path.join(folder, lockFile))
      disk.remove(folder)
      release()
    })
  }
}

/** What is somebody else's is left to them. */
function unlessRefused<Result>(action: () => Result): Result | undefined {
  try {
    return action()
  } catch (cause) {
    if (cause instanceof DiskError) return undefined
    throw cause
  }
}

export function removeStateFolder(disk: Disk, { path: folder }: StateFolder): void {
  disk.remove(folder)
}

function baseOf(script: string): string {
  const base = path.basename(script).replace(/\.sql$/i, '')
  return base.replace(/[^A-Za-z0-9._-]+/g, '-') || 'script'
}
