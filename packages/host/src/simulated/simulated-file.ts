import type { Random } from '../random.js'
import { GrowingBytes } from './growing-bytes.js'

/** One write (or truncation) that a power cut may still take back, in whole or in part. */
interface Unsynced {
  readonly order: number
  readonly position: number
  readonly bytes: Buffer
  /** Set for a truncation instead of a write. */
  readonly size?: number
}

/**
 * The bytes of one file, whatever its name.
 *
 * Invariants: `visible` is what was written; `durable` is what a power cut leaves if it takes all
 * that it may. `visible` is `durable` with all of `#unsynced` applied, in order, until a sync
 * fails: what it was to write is then on disk or not, and no later sync makes up for it.
 */
export class SimulatedFile {
  readonly kind = 'file'
  visible = new GrowingBytes()
  #durable = new GrowingBytes()
  #unsynced: Unsynced[] = []
  #ordered = 0

  write(position: number, bytes: Uint8Array): void {
    this.#unsynced.push({ order: this.#ordered++, position, bytes: Buffer.from(bytes) })
    this.visible.write(position, bytes)
  }

  truncate(size: number): void {
    this.#unsynced.push({ order: this.#ordered++, position: 0, bytes: Buffer.alloc(0), size })
    this.visible.truncate(size)
  }

  /** What a sync that begins now has to bring to the device, and no more. */
  syncMark(): number {
    return this.#ordered
  }

  /** Everything before the mark is on the device. */
  sync(mark: number): void {
    this.#settle(mark, (change) => apply(this.#durable, change))
  }

  /** A sync failed: some of what is before the mark is on the device, and nobody tells which. */
  failSync(mark: number, random: Random): void {
    this.#settle(mark, (change) => reachDevice(this.#durable, change, random))
  }

  /** The power goes: any part of what was not synced reached the device. */
  crash(random: Random): void {
    this.failSync(this.#ordered, random)
    this.visible = new GrowingBytes(this.#durable.view())
  }

  #settle(mark: number, take: (change: Unsynced) => void): void {
    let count = 0
    for (const change of this.#unsynced) {
      if (change.order >= mark) break
      take(change)
      count++
    }
    this.#unsynced.splice(0, count)
  }
}

function reachDevice(durable: GrowingBytes, change: Unsynced, random: Random): void {
  const fate = random.below(3)
  if (fate === 0) return
  const isTorn = fate === 1 && change.size === undefined && change.bytes.length > 1
  const keptBytes = isTorn ? 1 + random.below(change.bytes.length - 1) : change.bytes.length
  apply(durable, { ...change, bytes: change.bytes.subarray(0, keptBytes) })
}

function apply(target: GrowingBytes, change: Unsynced): void {
  if (change.size === undefined) target.write(change.position, change.bytes)
  else target.truncate(change.size)
}
