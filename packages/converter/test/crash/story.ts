import { type Random, seededRandom } from '@millrace/host'

export type Victim = 'conversion' | 'broker' | 'both'

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
  /** For what is sent. */
  readonly random: Random
}

export function storyOf(seed: number): Story {
  const random = seededRandom(seed)
  const victims: readonly Victim[] = ['conversion', 'broker', 'both']
  const kills = Array.from({ length: 6 + random.below(4) }, (_, nth) => ({
    // Each of them at least once, the conversion more often than others.
    victim: nth < 3 ? (victims[(nth + seed) % 3] as Victim) : victimIn(random, victims),
    afterMs: random.below(300),
    awayMs: random.below(100),
  }))
  return { seed, kills, random }
}

function victimIn(random: Random, victims: readonly Victim[]): Victim {
  return random.below(2) === 0 ? 'conversion' : (victims[random.below(3)] as Victim)
}
