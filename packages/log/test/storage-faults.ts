import type { Disk, DiskFile } from '@millrace/host'

/** What a write to a killed process's disk throws. */
export class Killed extends Error {}

/**
 * A disk whose process is killed at its `writesUntilKilled`-th change: half of that write reaches
 * the file, and nothing after it.
 */
export function killedAfter(disk: Disk, writesUntilKilled: number): Disk {
  let left = writesUntilKilled
  const change = <Result>(whole: () => Result, half: () => void): Result => {
    if (left < 0) throw new Killed()
    if (left-- > 0) return whole()
    half()
    throw new Killed()
  }
  const wrap = (file: DiskFile): DiskFile => ({
    size: () => file.size(),
    read: (position, target) => file.read(position, target),
    write: (position, bytes) =>
      change(
        () => file.write(position, bytes),
        () => file.write(position, bytes.subarray(0, bytes.length >> 1)),
      ),
    truncate: (size) =>
      change(
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
    exists: (path) => disk.exists(path),
    kind: (path) => disk.kind(path),
    space: (path) => disk.space(path),
    list: (path) => disk.list(path),
    makeDirectory: (path) => change(() => disk.makeDirectory(path), nothing),
    rename: (from, to) => change(() => disk.rename(from, to), nothing),
    remove: (path) => change(() => disk.remove(path), nothing),
    syncDirectory: (path) => disk.syncDirectory(path),
  }
}
