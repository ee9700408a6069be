import { parseArgs } from 'node:util'
import { Platform } from '../runtime/platform.js'
import { play } from './play.js'
import { type Story, storyOf } from './story.js'

const usage = `Kills jobs with SIGKILL while records come, starts them again, and compares what they
published with what an undisturbed run publishes.

  npm run crash:stream [-- --seeds 100 --from 1]   so many seeds, from that one on
  npm run crash:stream -- --seed 42                one of them again
  npm run crash:stream -- … --at-least-once        where results may come twice: to see them found

Ends with 1 when a result was lost, wrong or published twice. A seed says what is read, and where
the kills fall; how far a process has come by then differs from run to run.`

const say = (line: string) => process.stdout.write(`${line}\n`)

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '100' },
      from: { type: 'string', default: '1' },
      seed: { type: 'string' },
      'at-least-once': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    say(usage)
    return 0
  }
  const guarantee = values['at-least-once'] ? 'at-least-once' : 'exactly-once'
  const from = Number(values.seed ?? values.from)
  const seeds = values.seed === undefined ? Number(values.seeds) : 1
  const startMs = performance.now()
  const broken: number[] = []
  const sums = { kills: 0, hits: 0, early: 0 }
  for (let seed = from; seed < from + seeds; seed++) {
    // Each with a broker of its own, so that what one leaves behind is nothing to the next.
    const platform = await Platform.start()
    const story = storyOf(seed)
    if (values.seed !== undefined) say(told(story))
    try {
      const { hits, early, problems } = await play(story, platform, guarantee)
      sums.kills += story.kills.length
      sums.hits += hits
      sums.early += early
      const what = problems.length === 0 ? 'right' : `BROKEN: ${problems.join('; ')}`
      say(`seed ${seed}: ${story.scenario.name}: ${hits} kills hit, ${early} were early: ${what}`)
      if (problems.length > 0) broken.push(seed)
    } catch (error) {
      broken.push(seed)
      say(
        `seed ${seed}: ${story.scenario.name}: BROKEN: ${error instanceof Error ? error.message : error}`,
      )
    } finally {
      await platform.close()
    }
  }
  const took = ((performance.now() - startMs) / 1000).toFixed(0)
  const { kills, hits, early } = sums
  say(
    `${seeds} seeds from ${from} in ${took} s: of ${kills} kills ${hits} hit a job at work and ${early} one that was starting; ${broken.length} seeds broken`,
  )
  if (broken.length === 0) return 0
  say(`BROKEN: ${broken.join(' ')}; npm run crash:stream -- --seed N plays one again`)
  return 1
}

function told({ scenario, rows, kills }: Story): string {
  const moments = kills.map(({ afterRecords, waitMs }) => {
    const when = afterRecords === undefined ? 'the start' : `${afterRecords} records`
    return `${waitMs.toFixed(1)} ms after ${when}`
  })
  return `${scenario.name}: ${rows.length} records, killed ${moments.join(', ')}`
}

process.exitCode = await main()
