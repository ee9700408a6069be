import type { Host } from '../host.js'
import { realClock } from './clock.js'
import { realDisk } from './disk.js'
import { realNetwork } from './network.js'
import { realRandom } from './random.js'
import { realThreads } from './threads.js'

/** The machine itself. */
export const realHost: Host = {
  clock: realClock,
  disk: realDisk,
  network: realNetwork,
  random: realRandom,
  threads: realThreads,
}
