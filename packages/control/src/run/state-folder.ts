import path from 'node:path'
import type { Disk, Host } from '@millrace/host'

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

/** A folder that nobody has named, below `above`. */
export function temporaryStateFolder(host: Host, above: string, script: string): StateFolder {
  return openStateFolder(
    host,
    path.join(above, `millrace-run-${host.random.uuid().slice(0, 8)}`),
    script,
  )
}

export function removeStateFolder(disk: Disk, { path: folder }: StateFolder): void {
  disk.remove(folder)
}

function baseOf(script: string): string {
  const base = path.basename(script).replace(/\.sql$/i, '')
  return base.replace(/[^A-Za-z0-9._-]+/g, '-') || 'script'
}
