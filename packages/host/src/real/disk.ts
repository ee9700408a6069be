import fs from 'node:fs'
import path from 'node:path'
import { type Disk, DiskError, type DiskFile, type FileContent } from '../disk.js'
import { lockFile } from './lock.js'

/** Node's function for whole files refuses those from here on. */
const nodeReadBytesMax = 2 ** 31 - 1

/** The machine's files. */
export const realDisk: Disk = {
  open(file, options) {
    const access = options?.readOnly ? fs.constants.O_RDONLY : fs.constants.O_RDWR
    const flags = access | (options?.create ? fs.constants.O_CREAT : 0)
    const descriptor = guard(file, 'open', () => fs.openSync(file, flags, 0o644))
    return openFile(file, descriptor)
  },
  readFile(file) {
    const size = guard(file, 'read', () => fs.statSync(file).size)
    // What the system makes up when it is read (/proc) says that it is empty.
    if (size < nodeReadBytesMax) return guard(file, 'read', () => fs.readFileSync(file))
    const opened = realDisk.open(file, { readOnly: true })
    try {
      const bytes = Buffer.allocUnsafeSlow(size)
      return bytes.subarray(0, opened.read(0, bytes))
    } finally {
      opened.close()
    }
  },
  replaceFile(file, content) {
    const draft = `${file}.new`
    guard(file, 'write', () => {
      const descriptor = fs.openSync(draft, 'w', 0o644)
      try {
        writeWhole(descriptor, content)
        fs.fsyncSync(descriptor)
      } finally {
        fs.closeSync(descriptor)
      }
      fs.renameSync(draft, file)
    })
    realDisk.syncDirectory(path.dirname(file))
  },
  async replaceFileInBackground(file, content) {
    const draft = `${file}.new`
    const descriptor = guard(file, 'write', () => fs.openSync(draft, 'w', 0o644))
    try {
      guard(file, 'write', () => writeWhole(descriptor, content))
      await synced(file, descriptor, fs.fsync)
    } finally {
      fs.closeSync(descriptor)
    }
    guard(file, 'write', () => fs.renameSync(draft, file))
    const folder = path.dirname(file)
    const opened = guard(folder, 'sync', () => fs.openSync(folder, 'r'))
    try {
      await synced(folder, opened, fs.fsync)
    } finally {
      fs.closeSync(opened)
    }
  },
  exists: (file) => fs.existsSync(file),
  kind(file) {
    const stat = guard(file, 'look at', () => fs.statSync(file, { throwIfNoEntry: false }))
    if (stat === undefined) return undefined
    return stat.isDirectory() ? 'directory' : 'file'
  },
  modifiedMs: (file) => guard(file, 'look at', () => Math.floor(fs.statSync(file).mtimeMs)),
  list: (folder) => guard(folder, 'list', () => fs.readdirSync(folder).sort()),
  makeDirectory(folder) {
    const first = guard(folder, 'make', () => fs.mkdirSync(folder, { recursive: true }))
    if (first === undefined) return
    // The names of all that were made, from the last one up to the first.
    for (let made = path.resolve(folder); ; made = path.dirname(made)) {
      realDisk.syncDirectory(path.dirname(made))
      if (made === path.resolve(first) || made === path.dirname(made)) break
    }
  },
  rename: (from, to) => guard(from, 'rename', () => fs.renameSync(from, to)),
  remove(file) {
    guard(file, 'remove', () => fs.rmSync(file, { recursive: true, force: true }))
  },
  removeInBackground(file) {
    return new Promise((resolve, reject) => {
      fs.unlink(file, (cause) =>
        cause === null || cause.code === 'ENOENT'
          ? resolve()
          : reject(toDiskError(file, 'remove', cause)),
      )
    })
  },
  lock: (file) => guard(file, 'lock', () => lockFile(file)),
  syncDirectory(folder) {
    guard(folder, 'sync', () => {
      const descriptor = fs.openSync(folder, 'r')
      try {
        fs.fsyncSync(descriptor)
      } finally {
        fs.closeSync(descriptor)
      }
    })
  },
  space(file) {
    const { bsize, blocks, bavail } = guard(file, 'look at', () => fs.statfsSync(file))
    return { totalBytes: bsize * blocks, usableBytes: bsize * bavail }
  },
}

/** Writes all of it from where the file stands. */
function writeWhole(descriptor: number, content: FileContent): void {
  if (typeof content === 'string') {
    fs.writeFileSync(descriptor, content)
    return
  }
  for (const part of ArrayBuffer.isView(content) ? [content] : content) {
    for (let done = 0; done < part.length; ) {
      done += fs.writeSync(descriptor, part, done, atOnce(part.length - done))
    }
  }
}

/** Bytes to move in one call: Linux moves no more than 2 GiB, and Node refuses to ask for more. */
const atOnceMax = 2 ** 30

/** Parts to fill in one call: Linux takes no more than 1,024. */
const partsMax = 1000

function atOnce(bytes: number): number {
  return Math.min(bytes, atOnceMax)
}

function openFile(file: string, descriptor: number): DiskFile {
  return {
    size: () => guard(file, 'look at', () => fs.fstatSync(descriptor).size),
    read(position, target) {
      let done = 0
      while (done < target.length) {
        const got = guard(file, 'read', () =>
          fs.readSync(descriptor, target, done, atOnce(target.length - done), position + done),
        )
        if (got === 0) break
        done += got
      }
      return done
    },
    write(position, bytes) {
      let done = 0
      while (done < bytes.length) {
        done += guard(file, 'write', () =>
          fs.writeSync(descriptor, bytes, done, atOnce(bytes.length - done), position + done),
        )
      }
    },
    readInBackground: (position, targets) => readParts(file, descriptor, position, targets),
    writeInBackground: (position, bytes) => writeAll(file, descriptor, position, bytes),
    truncate: (size) => guard(file, 'truncate', () => fs.ftruncateSync(descriptor, size)),
    sync: () => synced(file, descriptor, fs.fdatasync),
    close: () => guard(file, 'close', () => fs.closeSync(descriptor)),
  }
}

async function readParts(
  file: string,
  descriptor: number,
  position: number,
  targets: readonly Uint8Array[],
): Promise<number> {
  let done = 0
  for (let from = 0; from < targets.length; ) {
    let wanted = 0
    let to = from
    while (to < targets.length && to - from < partsMax && (to === from || wanted < atOnceMax)) {
      wanted += targets[to++]?.length ?? 0
    }
    let part = targets.slice(from, to)
    for (let got = 0; got < wanted; ) {
      const bytes = await new Promise<number>((resolve, reject) => {
        fs.readv(descriptor, part, position + done, (cause, count) =>
          cause === null ? resolve(count) : reject(toDiskError(file, 'read', cause)),
        )
      })
      if (bytes === 0) return done
      got += bytes
      done += bytes
      part = behind(part, bytes)
    }
    from = to
  }
  return done
}

/** What is left of parts of which so many bytes are filled. */
function behind(parts: readonly Uint8Array[], bytes: number): Uint8Array[] {
  let left = bytes
  return parts.flatMap((part) => {
    const filled = Math.min(left, part.length)
    left -= filled
    return filled === part.length ? [] : [part.subarray(filled)]
  })
}

async function writeAll(
  file: string,
  descriptor: number,
  position: number,
  bytes: Uint8Array,
): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    done += await new Promise<number>((resolve, reject) => {
      const length = atOnce(bytes.length - done)
      fs.write(descriptor, bytes, done, length, position + done, (cause, count) =>
        cause === null ? resolve(count) : reject(toDiskError(file, 'write', cause)),
      )
    })
  }
}

function synced(
  file: string,
  descriptor: number,
  sync: (descriptor: number, done: (cause: Error | null) => void) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    sync(descriptor, (cause) =>
      cause === null ? resolve() : reject(toDiskError(file, 'sync', cause)),
    )
  })
}

function guard<Result>(file: string, verb: string, action: () => Result): Result {
  try {
    return action()
  } catch (cause) {
    if (cause instanceof DiskError) throw cause
    throw toDiskError(file, verb, cause)
  }
}

function toDiskError(file: string, verb: string, cause: unknown): DiskError {
  const code = (cause as NodeJS.ErrnoException).code ?? 'EIO'
  return new DiskError(code, file, `Could not ${verb} ${file}: ${reason(code, cause)}.`, { cause })
}

function reason(code: string, cause: unknown): string {
  switch (code) {
    case 'ENOENT':
      return 'there is no such file or folder'
    case 'EACCES':
    case 'EPERM':
      return 'permission denied'
    case 'ENOSPC':
      return 'the disk is full'
    case 'EISDIR':
      return 'it is a folder'
    case 'ENOTDIR':
      return 'a part of the path is not a folder'
    case 'EMFILE':
      return 'too many files are open'
    default:
      return cause instanceof Error ? cause.message : String(cause)
  }
}
