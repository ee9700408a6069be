/**
 * Files, as the platform sees them. Paths are absolute, or relative to the working directory.
 *
 * Writing and reading are synchronous: they move bytes to and from the operating system's page
 * cache, which costs microseconds, and a caller that is not interrupted between two of them
 * needs no locks. Only what takes long is asynchronous: `sync`, and what is done in the background.
 *
 * What a crash keeps: a killed process loses nothing that was written; a power cut loses, in any
 * order and in parts, what was not synced. A new, renamed or removed file is certain only after
 * `syncDirectory` of its folder, whether its bytes are synced or not.
 *
 * Failures throw a `DiskError`.
 */
export interface Disk {
  /** Opens a file for reading and, but for `readOnly`, writing; `create` makes it when it is not there. */
  open(path: string, options?: { create?: boolean; readOnly?: boolean }): DiskFile
  /** The whole file. */
  readFile(path: string): Buffer
  /**
   * Replaces the file in one move and syncs it: after a crash it holds the old bytes or
   * the new ones, never a mixture.
   */
  replaceFile(path: string, content: FileContent): void
  /**
   * The same, for what nobody waits for: others go on while the device is at work. Resolves when
   * it is done. One at a time for a file.
   */
  replaceFileInBackground(path: string, content: FileContent): Promise<void>
  exists(path: string): boolean
  /** What the path is, or undefined where there is nothing. */
  kind(path: string): 'file' | 'directory' | undefined
  /** When the file last changed, in milliseconds since 1970. */
  modifiedMs(path: string): number
  /** Names in the folder, sorted. */
  list(path: string): string[]
  /**
   * Makes the folder and those above it, where they are not there; those that it made survive a
   * power cut.
   */
  makeDirectory(path: string): void
  rename(from: string, to: string): void
  /** Removes a file, or a folder with all that it holds; no error when it is not there. */
  remove(path: string): void
  /**
   * Removes a file; the system's work, which grows with the file, is done while others go on. No
   * error when it is not there.
   */
  removeInBackground(path: string): Promise<void>
  /** Makes names made, changed or removed in this folder survive a power cut. */
  syncDirectory(path: string): void
  /**
   * Takes a path for this process alone, until the function that it gives is called or the process
   * ends. The folder must be there, the file is made. Throws a `DiskError` with EBUSY, which names
   * the holder, where it is taken.
   */
  lock(path: string): () => void
  /** The volume that holds the path. */
  space(path: string): DiskSpace
}

/** Bytes, text in UTF-8, or bytes in parts that lie one after another. */
export type FileContent = Uint8Array | string | readonly Uint8Array[]

/** What a volume holds; Infinity where nothing bounds it. */
export interface DiskSpace {
  totalBytes: number
  /** What could still be written. */
  usableBytes: number
}

/** An open file. `close` exactly once; nothing may be called after it. */
export interface DiskFile {
  /** Bytes in the file now. */
  size(): number
  /**
   * Fills `target` from `position` on. Returns how many bytes were there, which is less than
   * `target.length` only at the end of the file.
   */
  read(position: number, target: Uint8Array): number
  /** Writes all of `bytes` at `position`, growing the file; throws when it could not. */
  write(position: number, bytes: Uint8Array): void
  /** As `read`, into several targets one after another, while others go on. */
  readInBackground(position: number, targets: readonly Uint8Array[]): Promise<number>
  /** As `write`, while others go on; `bytes` must stay as they are until it resolves. */
  writeInBackground(position: number, bytes: Uint8Array): Promise<void>
  /** Cuts the file (or fills it with zeros) to `size` bytes. */
  truncate(size: number): void
  /** Resolves when all that was written before the call survives a power cut. */
  sync(): Promise<void>
  close(): void
}

/** Why a disk refused. `code` is the operating system's: ENOENT, ENOSPC, EACCES, … */
export class DiskError extends Error {
  readonly code: string
  readonly path: string

  constructor(code: string, path: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'DiskError'
    this.code = code
    this.path = path
  }
}
