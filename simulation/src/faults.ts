import type { BrokerMachine } from './broker-machine.js'
import type { ClientMachine } from './clients/client-machine.js'
import { endChangesMax } from './limits.js'
import { chanceFor, type Ending, type Fault } from './plan.js'
import type { World } from './world.js'

/**
 * Makes the faults of a plan happen, and ends them. Those of the disk hold for a while; several
 * at once may overlap, and each kind is set by the one that came last.
 */
export class Faults {
  readonly #world: World
  readonly #broker: BrokerMachine
  readonly #clients: readonly ClientMachine[]
  readonly #random
  #refusesShare = 0
  #failsSyncs = false
  #syncMsMax: number
  #aheadMs = 0
  /** Ends the broker's program in the middle of a change to come. */
  #atChange: (() => void) | undefined
  #isOver = false

  constructor(world: World, broker: BrokerMachine, clients: readonly ClientMachine[]) {
    this.#world = world
    this.#broker = broker
    this.#clients = clients
    this.#random = chanceFor(world.plan.seed, 'disk')
    this.#syncMsMax = world.plan.settings.syncMsMax
    broker.machine.disk.faults = {
      refusal: (file) => {
        // That a sync failed can always be written down; see DESIGN.md.
        if (file.endsWith('.unsynced')) return undefined
        if (this.#refusesShare === 0 || this.#random.float() >= this.#refusesShare) return undefined
        world.ledger.count('changes that the disk refused')
        return this.#random.below(2) === 0 ? 'EIO' : 'ENOSPC'
      },
      sync: () => {
        if (!this.#failsSyncs) return 'done'
        world.ledger.count('syncs that failed')
        // Nobody is killed before he could write down that a sync failed: a log does not survive
        // the loss of its process and of its disk in one moment.
        if (this.#atChange !== undefined) broker.machine.endAtChange(endChangesMax, this.#atChange)
        return 'failed'
      },
      syncMs: () => this.#random.float() * this.#syncMsMax,
    }
  }

  /** Sets each fault on its way. */
  schedule(): void {
    for (const fault of this.#world.plan.faults) {
      this.#world.clock.after(fault.atMs, () => {
        if (!this.#isOver) this.#happen(fault)
      })
    }
  }

  /** Nothing goes wrong any more, and what was wrong is put right. */
  end(): void {
    const { network, plan } = this.#world
    this.#isOver = true
    this.#refusesShare = 0
    this.#failsSyncs = false
    this.#setClock(0)
    this.#syncMsMax = Math.min(5, plan.settings.syncMsMax)
    this.#broker.machine.disk.capacityBytes = Number.POSITIVE_INFINITY
    Object.assign(network.conditions, { refusedShare: 0, cutShare: 0 })
    for (const { name } of [this.#broker.machine, ...this.#clients]) network.join(name)
  }

  #happen(fault: Fault): void {
    const { clock, ledger, network, plan, trace } = this.#world
    const { machine } = this.#broker
    trace.note(`fault: ${JSON.stringify(fault)}`)
    ledger.count(`fault ${fault.kind}`)
    const after = (forMs: number, end: () => void) => clock.after(forMs, end)
    switch (fault.kind) {
      case 'kill-broker':
        this.#end(fault, () => this.#broker.kill(fault.downMs))
        break
      case 'cut-power':
        this.#end(fault, () => this.#broker.cutPower(fault.downMs))
        break
      case 'stop-broker':
        void this.#broker.stop().then(() => after(fault.downMs, () => this.#broker.start()))
        break
      case 'kill-client':
        this.#clients
          .find(({ name }) => name === fault.client)
          ?.kill(fault.isForGood ? Number.POSITIVE_INFINITY : fault.downMs)
        break
      case 'cut-connections':
        network.cutSome(fault.share)
        break
      case 'split-off':
        network.splitOff(fault.machine)
        after(fault.forMs, () => network.join(fault.machine))
        break
      case 'disk-full':
        machine.disk.capacityBytes = machine.disk.usedBytes + fault.roomBytes
        after(fault.forMs, () => {
          machine.disk.capacityBytes = Number.POSITIVE_INFINITY
        })
        break
      case 'disk-errors':
        this.#refusesShare = fault.share
        after(fault.forMs, () => {
          this.#refusesShare = 0
        })
        break
      case 'sync-fails':
        this.#failsSyncs = true
        after(fault.forMs, () => {
          this.#failsSyncs = false
          // What a failed sync stops goes on when the broker is started again.
          this.#broker.kill(fault.downMs)
        })
        break
      case 'slow-disk':
        this.#syncMsMax = fault.syncMs
        after(fault.forMs, () => {
          this.#syncMsMax = plan.settings.syncMsMax
        })
        break
      case 'clock-jump':
        this.#setClock(fault.aheadMs)
        break
    }
  }

  #setClock(aheadMs: number): void {
    this.#broker.machine.jumpClock(aheadMs - this.#aheadMs)
    this.#aheadMs = aheadMs
  }

  /** At once, or in the middle of a change to come. */
  #end({ afterChanges, near }: Ending, end: () => void): void {
    const { machine } = this.#broker
    if (!machine.isRunning) return
    if (afterChanges === 0) {
      end()
      return
    }
    this.#atChange = () => {
      this.#atChange = undefined
      end()
    }
    machine.endAtChange(afterChanges, this.#atChange, (path) => path.includes(near))
  }
}
