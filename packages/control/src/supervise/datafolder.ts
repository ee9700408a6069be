import { type Disk, DiskError } from '@millrace/host'
import { controlErrors } from '../errors.js'

/**
 * Makes a data folder and runs `write`, the first thing that is written into it. Throws
 * NOT_A_FOLDER or FOLDER_NOT_WRITABLE where it cannot be one.
 */
export function beginDataFolder(disk: Disk, folder: string, write: () => void = () => {}): void {
  if (disk.kind(folder) === 'file') throw controlErrors.notAFolder(folder)
  try {
    disk.makeDirectory(folder)
    write()
  } catch (cause) {
    if (!(cause instanceof DiskError && refusals.has(cause.code))) throw cause
    throw controlErrors.folderNotWritable(folder)
  }
}

/** What the operating system says of a folder that is not to be written. */
const refusals = new Set(['EACCES', 'EPERM', 'EROFS'])
