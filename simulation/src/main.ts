import { parseArgs } from 'node:util'
import { realHost } from '@millrace/host'
import { type Plan, planOf } from './plan.js'
import { shrink } from './shrink.js'
import { type Outcome, simulate } from './simulate.js'

const usage = `Simulates the broker and its clients, a seed at a time.

  npm run simulate -- --seeds 5000 [--from N]   so many seeds, from N (1) on
  npm run simulate -- --seed 42 [--trace]       one seed; with every step of it
  npm run simulate -- --seed 42 --shrink        the least that still fails, as a plan
  npm run simulate -- --plan FILE [--trace]     such a plan again

Ends with 1 when a law was broken; the seed is printed then.`

/** How often progress is shown. */
const progressMs = 5_000

const say = (line: string) => process.stdout.write(`${line}\n`)

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string' },
      from: { type: 'string', default: '1' },
      seed: { type: 'string' },
      plan: { type: 'string' },
      trace: { type: 'boolean', default: false },
      shrink: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    say(usage)
    return 0
  }
  if (values.plan !== undefined) {
    const plan = JSON.parse(String(realHost.disk.readFile(values.plan))) as Plan
    return runOne(plan, values.trace)
  }
  if (values.seed !== undefined) {
    const plan = planOf(numberOf('--seed', values.seed))
    return values.shrink ? shrinkOne(plan) : runOne(plan, values.trace)
  }
  const from = numberOf('--from', values.from)
  return runMany(from, numberOf('--seeds', values.seeds ?? '1000'))
}

async function runOne(plan: Plan, isTraced: boolean): Promise<number> {
  const outcome = await simulate(plan, isTraced ? { print: say } : {})
  say(`settings: ${JSON.stringify(plan.settings)}`)
  for (const fault of plan.faults) say(`fault: ${JSON.stringify(fault)}`)
  say(countsText(outcome.counts))
  say(`trace ${outcome.hash}, ${(outcome.simulatedMs / 1000).toFixed(1)} s simulated`)
  tellFailures(plan.seed, outcome)
  return outcome.failures.length > 0 ? 1 : 0
}

async function shrinkOne(plan: Plan): Promise<number> {
  const [failure] = (await simulate(plan)).failures
  if (failure === undefined) {
    say(`Seed ${plan.seed} breaks no law; there is nothing to shrink.`)
    return 0
  }
  const smallest = await shrink(plan, async (smaller) => {
    const { failures } = await simulate(smaller)
    return failures[0]?.law === failure.law
  })
  say(JSON.stringify(smallest, undefined, 1))
  tellFailures(plan.seed, await simulate(smallest))
  return 1
}

async function runMany(from: number, seeds: number): Promise<number> {
  const { clock } = realHost
  const startMs = clock.monotonic()
  const counts = new Map<string, number>()
  const failed: number[] = []
  let simulatedMs = 0
  let toldMs = startMs
  for (let seed = from; seed < from + seeds; seed++) {
    const outcome = await simulate(planOf(seed))
    simulatedMs += outcome.simulatedMs
    for (const [what, count] of outcome.counts) counts.set(what, (counts.get(what) ?? 0) + count)
    if (outcome.failures.length > 0) {
      failed.push(seed)
      tellFailures(seed, outcome)
    }
    const nowMs = clock.monotonic()
    if (nowMs - toldMs < progressMs) continue
    toldMs = nowMs
    const done = seed - from + 1
    const rate = (1000 * done) / (nowMs - startMs)
    say(`${done} of ${seeds} seeds, ${rate.toFixed(0)} a second, ${failed.length} failed`)
  }
  const tookMs = clock.monotonic() - startMs
  say(countsText(counts))
  say(
    `${seeds} seeds from ${from}: ${((1000 * seeds) / tookMs).toFixed(0)} a second, ${(simulatedMs / 3_600_000).toFixed(1)} h simulated in ${(tookMs / 1000).toFixed(0)} s`,
  )
  if (failed.length === 0) return 0
  say(`FAILED: ${failed.length} seeds: ${failed.join(' ')}`)
  return 1
}

function tellFailures(seed: number, { failures }: Outcome): void {
  for (const { law, detail } of failures) say(`seed ${seed} breaks "${law}": ${detail}`)
  if (failures.length > 0) say(`  again: npm run simulate -- --seed ${seed} --trace`)
}

function countsText(counts: ReadonlyMap<string, number>): string {
  const sorted = [...counts].sort(([left], [right]) => (left < right ? -1 : 1))
  return sorted.map(([what, count]) => `${String(count).padStart(10)} ${what}`).join('\n')
}

function numberOf(option: string, text: string): number {
  const number = Number(text)
  if (!Number.isSafeInteger(number) || number < 0) {
    throw new TypeError(`${option} takes a whole number, not '${text}'.`)
  }
  return number
}

try {
  process.exitCode = await main()
} catch (cause) {
  if (!(cause instanceof TypeError)) throw cause
  process.stderr.write(`${cause.message}\n\n${usage}\n`)
  process.exitCode = 2
}
