import { readdirSync, rmSync, statSync, truncateSync } from 'node:fs'
import path from 'node:path'
import type { Planted } from './story.js'

/**
 * Damages the spool of a gateway that is not there: half of its newest file is cut off, so that
 * events are lost; or what it knows of its progress is gone, so that it hands over again.
 */
export function plant(folder: string, what: Planted): void {
  if (what === 'double') {
    rmSync(path.join(folder, 'progress'))
    return
  }
  const newest = readdirSync(folder)
    .filter((name) => /^\d+/.test(name))
    .sort()
    .at(-1)
  if (newest === undefined) throw new Error('the spool has no file')
  const file = path.join(folder, newest)
  truncateSync(file, Math.floor(statSync(file).size / 2))
}
