import { parseArgs } from 'node:util'
import { play } from './play.js'
import { storyOf } from './story.js'

const usage = `Kills the gateway, the broker, and both with SIGKILL while events are sent, half of them to be
answered from the spool, and then looks for every event that was acknowledged.

  npm run crash:gateway [-- --seeds 20 --from 1]   so many seeds, from that one on
  npm run crash:gateway -- --seed 42               one of them again

Ends with 1 when an event is lost, there twice, or not where it was said to be. A seed says who is
killed, and when; how far a process has come by then differs from run to run.`

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
const sums = { kills: 0, events: 0, accepted: 0, spooled: 0, unanswered: 0 }
const broken: number[] = []
for (let seed = from; seed < from + seeds; seed++) {
  const story = storyOf(seed)
  const { sent, problems } = await play(story)
  const spooled = sent.accepted.filter(({ offset }) => offset === undefined).length
  sums.kills += story.kills.length
  sums.events += sent.events
  sums.accepted += sent.accepted.length
  sums.spooled += spooled
  sums.unanswered += sent.unanswered
  const what =
    problems.length === 0
      ? 'right'
      : `BROKEN: ${problems.slice(0, 5).join('; ')} (${problems.length})`
  say(
    `seed ${seed}: ${story.kills.map(({ victim }) => victim).join(', ')}: ${sent.accepted.length} of ${sent.events} events acknowledged, ${spooled} from the spool: ${what}`,
  )
  if (problems.length > 0) broken.push(seed)
}
const { kills, events, accepted, spooled, unanswered } = sums
say(
  `${seeds} seeds, ${kills} kills: ${accepted} of ${events} events acknowledged, ${spooled} of them from the spool, ${unanswered} requests unanswered; ${broken.length} seeds broken`,
)
if (broken.length > 0) {
  say(`BROKEN: ${broken.join(' ')}; npm run crash:gateway -- --seed N plays one again`)
  process.exitCode = 1
}
