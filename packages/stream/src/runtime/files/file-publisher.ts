import type { Disk } from '@millrace/host'
import type { OpenFile, OutboxPart } from '../../state/entry.js'
import { JobError } from '../errors.js'

/**
 * Writes what a step gave out for files, exactly once: the step is durable before it, each write
 * says where in its file it belongs and cuts what is behind, and no later step is committed before
 * all of it is synced. So after a crash the parts of the last step are written again, to the same
 * places, whatever of them was there; a file that has its name already was whole.
 */
export async function publishFiles(disk: Disk, parts: readonly OutboxPart[]): Promise<void> {
  const names = new Map(parts.map(({ file }) => [file?.hiddenPath, file?.path] as const))
  for (const { file, records } of parts) {
    if (file === undefined) continue
    const { hiddenPath, offset, path } = file
    const folder = hiddenPath.slice(0, hiddenPath.lastIndexOf('/'))
    const name = names.get(hiddenPath)
    if (name !== undefined && !disk.exists(hiddenPath) && disk.exists(name)) continue
    if (offset > 0 && !disk.exists(hiddenPath)) {
      throw new JobError('FILE_GONE', `${hiddenPath} was begun, and is there no longer`)
    }
    disk.makeDirectory(folder)
    const opened = disk.open(hiddenPath, { create: true })
    try {
      let at = offset
      for (const { value } of records) {
        if (value === null || value.length === 0) continue
        opened.write(at, value)
        at += value.length
      }
      if (opened.size() > at) opened.truncate(at)
      await opened.sync()
    } finally {
      opened.close()
    }
    if (path !== undefined) disk.rename(hiddenPath, path)
    if (path !== undefined || offset === 0) disk.syncDirectory(folder)
  }
}

/** Files of inserts that a changed script has no longer are whole as they are. */
export function finishAbandoned(
  disk: Disk,
  openFiles: readonly OpenFile[],
  kept: readonly OpenFile[],
): void {
  const names = new Set(kept.map(({ hiddenPath }) => hiddenPath))
  for (const { hiddenPath, path } of openFiles) {
    if (names.has(hiddenPath) || !disk.exists(hiddenPath)) continue
    disk.rename(hiddenPath, path)
    disk.syncDirectory(path.slice(0, path.lastIndexOf('/')))
  }
}
