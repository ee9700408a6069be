import { cpSync, existsSync, readdirSync, readFileSync, rmSync, truncateSync } from 'node:fs'
import path from 'node:path'
import type { Planted } from './story.js'

/**
 * Damages the spool of a gateway that is not there. For a loss, half of what its files hold is cut
 * off. For a double, what waits is kept the first time, and put back the second time, when it has
 * been handed over, without the notes that say so.
 */
export function plant(folder: string, what: Planted): void {
  if (what === 'double') {
    const kept = `${folder}-kept`
    const [from, to] = existsSync(kept) ? [kept, folder] : [folder, kept]
    rmSync(to, { recursive: true, force: true })
    cpSync(from, to, { recursive: true })
    rmSync(path.join(to, 'progress'), { force: true })
    return
  }
  for (const name of readdirSync(folder).filter((each) => each.endsWith('.spool'))) {
    const file = path.join(folder, name)
    // Behind what it holds are zeros, room for more.
    const bytes = readFileSync(file)
    let end = bytes.length
    while (end > 0 && bytes[end - 1] === 0) end--
    truncateSync(file, Math.floor(end / 2))
  }
}
