import { parseArgs } from 'node:util'
import { play } from './play.js'
import { storyOf } from './story.js'

const usage = `Kills a conversion, the broker, and both with SIGKILL while raw events are sent, a third of which
do not fit, and then looks for each raw record among the typed events and the exceptions.

  npm run crash:converter [-- --seeds 20 --from 1]   so many seeds, from that one on
  npm run crash:converter -- --seed 42               one of them again

Ends with 1 when a record is lost, or became two. A seed says who is killed, and when; how far a
process has come by then differs from run to run.`

const say = (line: string) => process.stdout.write(`${line}\n`)

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '20' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) {
  say(usage)
  process.exit()
}
const from = Number(values.seed ?? values.from)
const seeds = values.seed === undefined ? Number(values.seeds) : 1
const sums = { kills: 0, sent: 0, typed: 0, refused: 0 }
const broken: number[] = []
for (let seed = from; seed < from + seeds; seed++) {
  const story = storyOf(seed)
  const { sent, typed, refused, problems } = await play(story)
  sums.kills += story.kills.length
  sums.sent += sent
  sums.typed += typed
  sums.refused += refused
  const first = problems.slice(0, 5).join('; ')
  const what = problems.length === 0 ? 'right' : `BROKEN: ${first} (${problems.length})`
  const victims = story.kills.map(({ victim }) => victim).join(', ')
  say(`seed ${seed}: ${victims}: ${typed} typed, ${refused} refused of ${sent}: ${what}`)
  if (problems.length > 0) broken.push(seed)
}
say(
  `${seeds} seeds, ${sums.kills} kills: ${sums.sent} raw events, ${sums.typed} typed, ${sums.refused} refused; ${broken.length} seeds broken`,
)
if (broken.length > 0) {
  say(`BROKEN: ${broken.join(' ')}; npm run crash:converter -- --seed N plays one again`)
  process.exitCode = 1
}
