import { parseArgs } from 'node:util'
import { BatchWorld } from './batch-world.js'
import { caseTextOf, writeCase } from './case-text.js'
import { featuresOf } from './features.js'
import { type Case, randomCase } from './random-case.js'
import { runCase, type Verdict } from './run-case.js'
import { shrinkCase } from './shrink.js'

const usage = `Tries the law of the stream engine, a seed at a time: incremental equals recompute.

  npm run law:stream -- --seeds 5000 [--from N]   so many seeds, from N (1) on
  npm run law:stream -- --seed 42                 one seed, printed as a case
  npm run law:stream -- … --no-shrink             what fails as it is

Ends with 1 when the law was broken; the least case that still fails, as far as a minute leads, is
printed then.`

/** How often progress is shown. */
const progressMs = 10_000

const say = (line: string) => process.stdout.write(`${line}\n`)

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '1000' },
      from: { type: 'string', default: '1' },
      seed: { type: 'string' },
      'no-shrink': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    say(usage)
    return 0
  }
  const world = await BatchWorld.create()
  try {
    const shrinks = !values['no-shrink']
    if (values.seed === undefined) {
      return await runMany(world, Number(values.from), Number(values.seeds), shrinks)
    }
    const seed = Number(values.seed)
    const generated = randomCase(seed)
    say(writeCase(`seed ${seed}`, caseTextOf(generated)))
    const verdict = await runCase(caseTextOf(generated), world)
    if (verdict.kind !== 'broken') say(verdict.kind === 'holds' ? 'It holds.' : verdict.why)
    else await tell(seed, generated, verdict, world, shrinks)
    return verdict.kind === 'broken' ? 1 : 0
  } finally {
    world.close()
  }
}

async function runMany(
  world: BatchWorld,
  from: number,
  seeds: number,
  shrinks: boolean,
): Promise<number> {
  const features = new Map<string, number>()
  const refused = new Map<string, number>()
  const broken: number[] = []
  const startMs = performance.now()
  let toldMs = startMs
  for (let seed = from; seed < from + seeds; seed++) {
    const generated = randomCase(seed)
    const verdict = await runCase(caseTextOf(generated), world)
    if (verdict.kind === 'refused') add(refused, verdict.why)
    else for (const feature of featuresOf(generated)) add(features, feature)
    if (verdict.kind === 'broken') {
      broken.push(seed)
      await tell(seed, generated, verdict, world, shrinks)
    }
    const nowMs = performance.now()
    if (nowMs - toldMs < progressMs) continue
    toldMs = nowMs
    const rate = (1000 * (seed - from + 1)) / (nowMs - startMs)
    say(
      `${seed - from + 1} of ${seeds} seeds, ${rate.toFixed(1)} a second, ${broken.length} broken`,
    )
  }
  for (const [what, count] of sorted(features)) say(`${String(count).padStart(8)} ${what}`)
  for (const [why, count] of sorted(refused)) say(`${String(count).padStart(8)} refused: ${why}`)
  const tookMs = performance.now() - startMs
  say(`${seeds} seeds from ${from} in ${(tookMs / 1000).toFixed(0)} s, ${broken.length} broken`)
  if (broken.length === 0) return 0
  say(`BROKEN: ${broken.join(' ')}`)
  return 1
}

async function tell(
  seed: number,
  generated: Case,
  verdict: Extract<Verdict, { kind: 'broken' }>,
  world: BatchWorld,
  shrinks: boolean,
): Promise<void> {
  say(`seed ${seed}: ${verdict.how}: ${verdict.what}`)
  if (!shrinks) return
  const { variant } = verdict
  const least = await shrinkCase(generated, async (smaller) => {
    const again = await runCase(caseTextOf(smaller), world, { variant })
    return again.kind === 'broken' && isSame(again, verdict) ? again : undefined
  })
  const again = await runCase(caseTextOf(least), world)
  if (again.kind === 'broken') say(`the least of it: ${again.what}`)
  say(writeCase(`seed ${seed}`, caseTextOf(least)))
}

type Broken = Extract<Verdict, { kind: 'broken' }>

/** Failures of the engine and of DuckDB are the same by the beginning of what they say. */
function isSame(left: Broken, right: Broken): boolean {
  if (left.how !== right.how) return false
  if (left.how !== 'engine' && left.how !== 'recompute') return true
  return left.what.slice(0, 30) === right.what.slice(0, 30)
}

function add(counts: Map<string, number>, what: string): void {
  counts.set(what, (counts.get(what) ?? 0) + 1)
}

function sorted(counts: ReadonlyMap<string, number>): (readonly [string, number])[] {
  return [...counts].sort(([left], [right]) => (left < right ? -1 : 1))
}

process.exitCode = await main()
