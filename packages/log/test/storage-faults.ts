import type { Disk, DiskFile } from '@millrace/host'

/** What a write to a killed process's disk throws. */
export class Killed extends Error {}

/**
 * A disk whose process is killed at its `writesUntilKilled`-th change: half of that write reaches
 * the file, and nothing after it. With 'names', what is written into open files does not count.
 */
export function killedAfter(
  disk: Disk,
  writesUntilKilled: number,
  counts: 'all' | 'names' = 'all',
): Disk {
  let left = writesUntilKilled
  const change = <Result>(whole: () => Result, half: () => void): Result => {
    if (left < 0) throw new Killed()
    if (left-- > 0) return whole()
    half()
    throw new Killed()
  }
  const write = <Result>(whole: () => Result, half: () => void): Result => {
    if (counts === 'all') return change(whole, half)
    if (left < 0) throw new Killed()
    return whole()
  }
  const wrap = (file: DiskFile): DiskFile => ({
    size: () => file.size(),
    read: (position, target) => file.read(position, target),
    write: (position, bytes) =>
      write(
        () => file.write(position, bytes),
        () => file.write(position, bytes.subarray(0, bytes.length >> 1)),
      ),
    readInBackground: (position, targets) => file.readInBackground(position, targets),
    writeInBackground: async (position, bytes) =>
      write(
        () => file.write(position, bytes),
        () => file.write(position, bytes.subarray(0, bytes.length >> 1)),
      ),
    truncate: (size) =>
      write(
        () => file.truncate(size),
        () => {},
      ),
    sync: () => file.sync(),
    close: () => file.close(),
  })
  const nothing = () => {}
  return {
    open: (path, options) => wrap(disk.open(path, options)),
    readFile: (path) => disk.readFile(path),
    replaceFile: (path, bytes) => change(() => disk.replaceFile(path, bytes), nothing),
    replaceFileInBackground: async (path, bytes) =>
      change(() => disk.replaceFile(path, bytes), nothing),
    exists: (path) => disk.exists(path),
    kind: (path) => disk.kind(path),
    modifiedMs: (path) => disk.modifiedMs(path),
    space: (path) => disk.space(path),
    lock: (path) => disk.lock(path),
    list: (path) => disk.list(path),
    makeDirectory: (path) => change(() => disk.makeDirectory(path), nothing),
    rename: (from, to) => change(() => disk.rename(from, to), nothing),
    remove: (path) => change(() => disk.remove(path), nothing),
    removeInBackground: async (path) => change(() => disk.remove(path), nothing),
    syncDirectory: (path) => change(() => disk.syncDirectory(path), nothing),
  }
}
