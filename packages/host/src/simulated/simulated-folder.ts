import type { Random } from '../random.js'
import type { SimulatedFile } from './simulated-file.js'

export type Node = SimulatedFile | SimulatedFolder

/** Names that were made, changed or removed in one move. */
type NameChange = readonly (readonly [name: string, node: Node | undefined])[]

/**
 * The names in one folder.
 *
 * Invariants: `visible` is what a program sees; `#durable` is what a power cut leaves if it takes
 * all that it may. `visible` is `#durable` with all of `#unsynced` applied, in order.
 */
export class SimulatedFolder {
  readonly kind = 'directory'
  visible = new Map<string, Node>()
  readonly #durable = new Map<string, Node>()
  #unsynced: NameChange[] = []

  /** Sets names, or takes them away (undefined), all of them or none. */
  change(...entries: NameChange): void {
    this.#unsynced.push(entries)
    apply(this.visible, entries)
  }

  sync(): void {
    for (const entries of this.#unsynced) apply(this.#durable, entries)
    this.#unsynced = []
  }

  /**
   * The power goes. Of the changes that were not synced some are on the device: sometimes a
   * beginning of them, as with a journal; sometimes any, if only those of one name keep their
   * order. Then the same for all that is left below.
   */
  crash(random: Random): void {
    const isJournal = random.below(2) === 0
    const lost = new Set<string>()
    for (const entries of this.#unsynced) {
      const isCut = isJournal && lost.size > 0
      const isLost = isCut || entries.some(([name]) => lost.has(name)) || random.below(3) === 0
      if (isLost) for (const [name] of entries) lost.add(name)
      else apply(this.#durable, entries)
    }
    this.#unsynced = []
    this.visible = new Map(this.#durable)
    for (const node of this.visible.values()) node.crash(random)
  }
}

function apply(names: Map<string, Node>, entries: NameChange): void {
  for (const [name, node] of entries) {
    if (node === undefined) names.delete(name)
    else names.set(name, node)
  }
}
