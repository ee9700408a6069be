// A temporary folder for each run of the tests or of a program: what is left there at the end is
// ours and goes, and what a run left that was killed goes when the next one begins.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'

const prefix = 'millrace-temp-'

/** Makes the folder, which from now on is the temporary one of this process and all that it starts. */
export function takeTemporaryFolder() {
  removeAbandoned(os.tmpdir())
  const folder = mkdtempSync(path.join(os.tmpdir(), `${prefix}${process.pid}-`))
  for (const name of ['TMPDIR', 'TMP', 'TEMP']) process.env[name] = folder
  return folder
}

/** What of ours lies there. */
export function leftIn(folder) {
  return readdirSync(folder).filter((name) => name.startsWith('millrace-'))
}

export function removeTemporaryFolder(folder) {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
}

function removeAbandoned(above) {
  for (const name of readdirSync(above)) {
    const pid = name.startsWith(prefix)
      ? Number.parseInt(name.slice(prefix.length), 10)
      : Number.NaN
    if (Number.isNaN(pid) || isAlive(pid)) continue
    try {
      removeTemporaryFolder(path.join(above, name))
    } catch {
      // Somebody else's.
    }
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (cause) {
    return cause.code === 'EPERM'
  }
}
