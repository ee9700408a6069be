import { type Random, seededRandom } from '@millrace/host'

export type Victim = 'gateway' | 'broker' | 'both'

export interface Kill {
  readonly victim: Victim
  /** After the last one is there again. */
  readonly afterMs: number
  /** How long it is away. */
  readonly awayMs: number
}

/** Who is killed, and when. */
export interface Story {
  readonly seed: number
  readonly kills: readonly Kill[]
  /** For what the senders draw. */
  readonly random: Random
}

export function storyOf(seed: number): Story {
  const random = seededRandom(seed)
  const victims: readonly Victim[] = ['gateway', 'broker', 'both']
  const kills = Array.from({ length: 4 + random.below(3) }, (_, nth) => ({
    // Each of them at least once.
    victim: victims[nth < 3 ? (nth + seed) % 3 : random.below(3)] as Victim,
    afterMs: 50 + random.below(600),
    awayMs: random.below(400),
  }))
  return { seed, kills, random }
}
