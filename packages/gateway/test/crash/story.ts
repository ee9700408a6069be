import { type Random, seededRandom } from '@millrace/host'

export type Server = 'broker' | 'gateway'

/** What happens to the servers, one after the other, while events are sent all the time. */
export type Act =
  | { readonly do: 'wait'; readonly ms: number }
  /** Until so many more events were answered; on a busy machine that takes longer. */
  | { readonly do: 'serve'; readonly events: number }
  | { readonly do: 'kill'; readonly who: readonly Server[] }
  /** Resolves when they are there. */
  | { readonly do: 'start'; readonly who: readonly Server[] }
  /** Started, and killed so long after: while it starts, or just after. */
  | { readonly do: 'flicker'; readonly who: Server; readonly ms: number }
  /** What a checker has to find: the spool of a gateway that is not there is damaged. */
  | { readonly do: 'plant'; readonly what: Planted }

export type Planted = 'loss' | 'double'

/** Who is killed, and when. */
export interface Story {
  readonly seed: number
  readonly theme: string
  readonly acts: readonly Act[]
  /** Bytes that may wait in the spool; as many as the package has it where it is not said. */
  readonly spoolBytesMax?: number
  /** For what the senders draw. */
  readonly random: Random
}

const both: readonly Server[] = ['broker', 'gateway']
const gateway: readonly Server[] = ['gateway']
const broker: readonly Server[] = ['broker']

const wait = (ms: number): Act => ({ do: 'wait', ms })
const serve = (events: number): Act => ({ do: 'serve', events })
const kill = (who: readonly Server[]): Act => ({ do: 'kill', who })
const start = (who: readonly Server[]): Act => ({ do: 'start', who })
const flicker = (who: Server, ms: number): Act => ({ do: 'flicker', who, ms })

type Theme = (random: Random) => { acts: Act[]; spoolBytesMax?: number }

const themes: Readonly<Record<string, Theme>> = {
  /** Each of them, and both, in any order. */
  'one after the other': (random) => ({
    acts: Array.from({ length: 4 + random.below(2) }, (_, nth) => {
      const who = [gateway, broker, both][nth < 3 ? nth : random.below(3)] ?? both
      const awayMs = random.below(400)
      const events = 200 + random.below(2_000)
      return [serve(events), kill(who), wait(awayMs), start(who)]
    }).flat(),
  }),

  /** The log is away for seconds, and the gateway dies and starts again meanwhile. */
  'a long absence': (random) => ({
    acts: [
      ...[serve(200 + random.below(1_000)), kill(broker), wait(500 + random.below(1_000))],
      ...[serve(200), kill(gateway), wait(random.below(200)), start(gateway), serve(300)],
      ...[wait(random.below(1_000)), kill(gateway), start(gateway), serve(random.below(300))],
      ...[start(broker), serve(1_000)],
    ],
  }),

  /** The log comes back, and the gateway dies while it hands over what has waited. */
  'while the spool drains': (random) => ({
    acts: Array.from({ length: 2 }, () => [
      ...[serve(200 + random.below(1_000)), kill(broker), serve(500 + random.below(1_000))],
      ...[start(broker), wait(random.below(150)), kill(gateway), start(gateway)],
      ...[serve(random.below(300)), kill(random.below(2) === 0 ? gateway : both), start(both)],
    ]).flat(),
  }),

  /** What has just been started dies at once, or before it is there. */
  'twice in a row': (random) => ({
    acts: (['gateway', 'broker'] as const).flatMap((who) => [
      ...[serve(200 + random.below(1_000)), kill([who]), flicker(who, random.below(600))],
      ...[flicker(who, 200 + random.below(600)), start([who]), serve(random.below(50))],
      ...[kill([who]), start([who])],
    ]),
  }),

  /** Both are gone, and the gateway is there first. */
  'the gateway first': (random) => ({
    acts: [
      ...[serve(300 + random.below(1_000)), kill(both), start(gateway)],
      ...[serve(500 + random.below(1_000)), kill(gateway), start(gateway), serve(300)],
      ...[start(broker), wait(random.below(200))],
      ...[kill(both), start(gateway), serve(random.below(300)), start(broker), serve(300)],
    ],
  }),

  /** The spool takes no more for a while. */
  'a full spool': (random) => ({
    spoolBytesMax: 100_000 + random.below(200_000),
    acts: [
      ...[serve(200 + random.below(1_000)), kill(broker), serve(2_000 + random.below(2_000))],
      ...[kill(gateway), start(gateway), serve(500 + random.below(500)), start(broker)],
      ...[serve(random.below(300)), kill(both), start(both), serve(random.below(300))],
    ],
  }),
}

const names = Object.keys(themes)

/** The story of a seed; with `plant`, one in which something is lost, or there twice. */
export function storyOf(seed: number, plant?: Planted): Story {
  const random = seededRandom(seed)
  if (plant !== undefined) {
    const planted: Act = { do: 'plant', what: plant }
    const acts = [serve(1_000), kill(broker), serve(500), kill(gateway), planted, start(both)]
    // A double is put back when it has been handed over.
    if (plant === 'double') acts.push(serve(2_000), kill(gateway), planted, start(gateway))
    return { seed, theme: `a ${plant} that is planted`, acts, random }
  }
  const theme = names[(seed - 1) % names.length] ?? ''
  return { seed, theme, ...(themes[theme] as Theme)(random), random }
}

/** How often somebody was killed. */
export function killsOf({ acts }: Story): number {
  return acts.reduce((sum, act) => {
    return sum + (act.do === 'kill' ? act.who.length : act.do === 'flicker' ? 1 : 0)
  }, 0)
}
