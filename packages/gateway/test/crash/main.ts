import { parseArgs } from 'node:util'
import { play } from './play.js'
import { killsOf, type Planted, storyOf } from './story.js'

const usage = `Kills the gateway, the broker, and both with SIGKILL while events are sent over v2, v3 and as
CloudEvents, half of them to be answered from the spool, and then looks for every event that was
acknowledged: it has to be there, once, where it was told to be, in its sender's order.

  npm run crash:gateway [-- --seeds 24 --from 1]   so many seeds, from that one on
  npm run crash:gateway -- --seed 42               one of them again
  npm run crash:gateway -- --plant loss            with events that are lost on purpose, or \`double\`

Ends with 1 when something is wrong. A seed says who is killed, and when; how far a process has come
by then differs from run to run.`

const say = (line: string) => process.stdout.write(`${line}\n`)

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '24' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    plant: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})
const { plant } = values
if (values.help || (plant !== undefined && plant !== 'loss' && plant !== 'double')) {
  say(usage)
  process.exit(values.help ? 0 : 1)
}
const from = Number(values.seed ?? values.from)
const seeds = values.seed === undefined && plant === undefined ? Number(values.seeds) : 1
const sums = { kills: 0, events: 0, accepted: 0, spooled: 0, refused: 0, unanswered: 0 }
const broken: number[] = []
for (let seed = from; seed < from + seeds; seed++) {
  const story = storyOf(seed, plant as Planted | undefined)
  const { sent, problems } = await play(story)
  const { events, refused, unanswered } = sent
  const accepted = sent.accepted.length
  const spooled = sent.accepted.filter(({ offset }) => offset === undefined).length
  const found = { kills: killsOf(story), events, accepted, spooled, refused, unanswered }
  for (const [name, count] of Object.entries(found)) sums[name as keyof typeof sums] += count
  const what =
    problems.length === 0
      ? 'right'
      : `BROKEN: ${problems.slice(0, 5).join('; ')} (${problems.length})`
  say(
    `seed ${seed}, ${story.theme}: ${accepted} of ${events} events acknowledged, ${spooled} from the spool, ${refused} refused: ${what}`,
  )
  if (problems.length > 0) broken.push(seed)
}
const { kills, events, accepted, spooled, refused, unanswered } = sums
say(
  `${seeds} seeds, ${kills} kills: ${accepted} of ${events} events acknowledged, ${spooled} of them from the spool, ${refused} refused, ${unanswered} unanswered; ${broken.length} seeds broken`,
)
if (broken.length > 0) {
  say(`BROKEN: ${broken.join(' ')}; npm run crash:gateway -- --seed N plays one again`)
  process.exitCode = 1
}
