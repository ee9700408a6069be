import { parseArgs } from 'node:util'
import { Play, type Problem } from './play.js'
import { printed, shrunk } from './shrink.js'

const usage = `Requests to every door over HTTP of the gateway and the schema registry, most of them damaged: in
their bytes, their JSON, their headers, their paths, their framing, or by a sender that is slow, deaf
or gone. Looks behind each at its answer, at the process, at another client, and at what the topics hold.

  npm run fuzz:gateway [-- --count 20000 --seed 1]   so many, from that seed on
  npm run fuzz:gateway -- --seed N --count 1         one of them again
  npm run fuzz:gateway -- --go-on                    does not end at the first that is answered wrongly

Ends with 1 when something is wrong; the seed is printed, with the smallest request that shows it.`

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '20000' },
    seed: { type: 'string', default: '1' },
    'go-on': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})
const say = (line: string) => process.stdout.write(`${line}\n`)
if (values.help) {
  say(usage)
  process.exit()
}
const count = Number(values.count)
const seed = Number(values.seed)
const goesOn = values['go-on']
const play = new Play()
const began = performance.now()
const broken: Problem[] = []
for (let at = 0; at < count && (goesOn || broken.length === 0); at++) {
  const problems = await play.run(seed + at)
  for (const { attempt, what } of problems) {
    say(`seed ${attempt.seed}, ${attempt.door}: ${what}`)
  }
  broken.push(...problems)
  // Whatever it was may go on.
  if (problems.length > 0) await play.stop()
}
const left = await play.check()
for (const what of left) say(`at the end: ${what}`)
const { requests, platforms, ...rest } = play.counts
const seconds = Math.round((performance.now() - began) / 1000)
say(`${requests} requests to ${platforms} platforms in ${seconds} s: ${JSON.stringify(rest)}`)
const [first] = broken
if (first !== undefined && !goesOn) {
  const smallest = await shrunk(play, first.attempt, first.what)
  say(`the smallest found, of the seed ${first.attempt.seed}:\n${printed(smallest)}`)
}
await play.stop()
process.exitCode = broken.length + left.length > 0 ? 1 : 0
