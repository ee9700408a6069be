import type { Clock } from './clock.js'
import type { Disk } from './disk.js'
import type { Network } from './network.js'
import type { Random } from './random.js'

/** All that the outside gives. Handed to constructors, never imported as a global. */
export interface Host {
  readonly clock: Clock
  readonly disk: Disk
  readonly network: Network
  readonly random: Random
}
