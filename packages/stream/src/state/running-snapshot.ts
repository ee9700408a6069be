import type { Disk } from '@millrace/host'
import type { OperatorState } from './operator-state.js'
import type { Pieces } from './pieces.js'
import {
  type Snapshot,
  type SnapshotHead,
  type SnapshotStanding,
  snapshotBytes,
  snapshotPath,
} from './snapshot.js'
import type { FrozenState } from './state-image.js'

/**
 * A snapshot of all states as they are when it is made, which is written slice by slice while the
 * steps go on. It counts when `finish` has resolved.
 */
export class RunningSnapshot {
  readonly standing: SnapshotStanding
  private readonly of: { disk: Disk; directory: string; pieces: Pieces; head: SnapshotHead }
  private readonly frozen: readonly (readonly [name: string, state: FrozenState])[]
  private readonly addedBefore: number
  private next = 0

  constructor(of: {
    disk: Disk
    directory: string
    pieces: Pieces
    head: SnapshotHead
    standing: SnapshotStanding
    states: ReadonlyMap<string, OperatorState>
  }) {
    this.of = of
    const { epoch, positions, totals, openFiles } = of.standing
    this.standing = { epoch, positions, totals, openFiles }
    this.addedBefore = of.pieces.addedBytes
    this.frozen = [...of.states].map(([name, state]) => [name, state.freeze(of.pieces)])
  }

  /** Writes about so many bytes more; gives whether that was all. */
  write(bytes: number): boolean {
    let left = bytes
    for (; this.next < this.frozen.length; this.next++) {
      const state = this.frozen[this.next]?.[1]
      for (;;) {
        if (left <= 0) return false
        const written = state?.write() ?? 0
        if (written === 0) break
        left -= written
      }
    }
    return true
  }

  /** Makes it count, once all is written. */
  async finish(): Promise<Snapshot> {
    const { disk, directory, pieces, head } = this.of
    await pieces.sync()
    disk.syncDirectory(directory)
    const snapshot: Snapshot = {
      head,
      standing: this.standing,
      states: Object.fromEntries(this.frozen.map(([name, state]) => [name, state.image()])),
      writtenBytes: pieces.addedBytes - this.addedBefore,
    }
    await disk.replaceFileInBackground(snapshotPath(directory), snapshotBytes(snapshot))
    return snapshot
  }
}
