import type { Clock } from './clock.js'
import type { Disk } from './disk.js'
import type { Network } from './network.js'
import type { Random } from './random.js'
import type { Threads } from './threads.js'

/** All that the outside gives. Handed to constructors, never imported as a global. */
export interface Host {
  readonly clock: Clock
  readonly disk: Disk
  readonly network: Network
  readonly random: Random
  /** Absent where all work is to be done in one thread, as in a simulation. */
  readonly threads?: Threads
}
