import path from 'node:path'
import type { Disk } from '@millrace/host'
import type { Ports } from '../project/manifest.js'
import { isAlive } from './lock.js'

/** `run.json` in the data folder: how other commands find the platform that runs there. */
export interface RunFile {
  project: string
  pid: number
  /** Milliseconds since 1970. */
  startedAt: number
  ports: Ports
}

const fileName = 'run.json'

export function writeRunFile(disk: Disk, dataFolder: string, run: RunFile): void {
  disk.replaceFile(path.join(dataFolder, fileName), `${JSON.stringify(run, undefined, 2)}\n`)
}

export function removeRunFile(disk: Disk, dataFolder: string): void {
  disk.remove(path.join(dataFolder, fileName))
}

/** The platform that runs on this data folder; undefined where none does (any more). */
export function readRunFile(disk: Disk, dataFolder: string): RunFile | undefined {
  const file = path.join(dataFolder, fileName)
  if (!disk.exists(file)) return undefined
  const run = JSON.parse(disk.readFile(file).toString('utf8')) as RunFile
  return isAlive(run.pid) ? run : undefined
}

/**
 * The platform of a project: on its own data folder, or on a folder inside it, where demos keep
 * theirs. The one that was started last, when there are several.
 */
export function findRun(disk: Disk, dataFolder: string): RunFile | undefined {
  if (disk.kind(dataFolder) !== 'directory') return undefined
  const folders = [dataFolder, ...disk.list(dataFolder).map((name) => path.join(dataFolder, name))]
  return folders
    .filter((folder) => disk.kind(folder) === 'directory')
    .map((folder) => readRunFile(disk, folder))
    .filter((run) => run !== undefined)
    .sort((a, b) => b.startedAt - a.startedAt)[0]
}
