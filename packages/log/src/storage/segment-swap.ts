import path from 'node:path'
import type { Disk } from '@millrace/host'
import type { Segment } from './segment.js'

/**
 * How a segment takes the place of several, so that a crash leaves the old ones or the new one.
 *
 * The new one is written as `FIRST-END.cleaned`, its own first offset and that of the segment
 * after those it replaces, and is synced. Renamed to `.swap` it counts; then the old ones go, and
 * last it gets its own name. Each step is on disk before the next, for names that change survive a
 * power cut in any order. A start undoes what is `.cleaned`, and finishes what is `.swap`.
 */
export function draftPath(directory: string, baseOffset: number, endOffset: number): string {
  return path.join(directory, `${baseOffset}-${endOffset}.cleaned`)
}

/** Makes the draft count. Precondition: it is synced. When this throws, it does not. */
export function commitSwap(disk: Disk, draft: Segment): void {
  draft.moveTo(draft.path.replace(/\.cleaned$/, '.swap'))
  disk.syncDirectory(path.dirname(draft.path))
}

/** Removes the old segments, and gives the new one its name. */
export function finishSwap(disk: Disk, swap: Segment, replaced: readonly Segment[]): void {
  const [first, ...others] = replaced
  first?.removeIndex()
  for (const segment of others) segment.remove()
  first?.close()
  const directory = path.dirname(swap.path)
  disk.syncDirectory(directory)
  swap.moveTo(first?.path ?? swap.path)
  disk.syncDirectory(directory)
}

/** Undoes or finishes what a crash has interrupted. */
export function recoverSwaps(
  disk: Disk,
  directory: string,
  open: (baseOffset: number) => Segment,
): void {
  for (const file of disk.list(directory)) {
    const swap = /^(\d+)-(\d+)\.(cleaned|swap|unsynced)$/.exec(file)
    if (swap === null) continue
    const from = path.join(directory, file)
    if (swap[3] !== 'swap') {
      disk.remove(from)
      continue
    }
    const [baseOffset, endOffset] = [Number(swap[1]), Number(swap[2])]
    for (const name of disk.list(directory)) {
      const old = /^(\d{20})\.log$/.exec(name)
      const offset = old === null ? -1 : Number(old[1])
      if (offset < baseOffset || offset >= endOffset) continue
      if (offset === baseOffset) open(offset).removeIndex()
      else open(offset).remove()
    }
    disk.syncDirectory(directory)
    disk.rename(from, open(baseOffset).path)
    disk.syncDirectory(directory)
  }
}
