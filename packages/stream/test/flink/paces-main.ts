import { parseArgs } from 'node:util'
import { comparable } from './answer.js'
import { type CaseFile, caseFiles } from './case-file.js'
import { gaps } from './gaps.js'
import { MillraceWorld, type Pace } from './millrace-world.js'
import { answersOf } from './questions.js'
import { Sandbox } from './sandbox.js'

const usage = `One golden, however it is run: what Flink answered of the text tests is answered too where steps
take a few records at random, and where the job is stopped and started from its journal all the
time. What is of the moment of a step is left out.

  npm run law:text                     all text tests
  npm run law:text -- groups joins     those whose names begin so
  npm run law:text -- --seed N         cut otherwise

Ends with 1 when an answer is wrong.`

const { values, positionals } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    help: { type: 'boolean', default: false },
  },
  allowPositionals: true,
})
if (values.help) {
  process.stdout.write(`${usage}\n`)
  process.exit()
}
const seed = Number(values.seed)
const paces: readonly { name: string; pace: Pace }[] = [
  { name: 'a few records a step', pace: { seed, restarts: false } },
  { name: 'stopped and started all the time', pace: { seed, restarts: true } },
]
// The rows of `times` and `windows` are in no order of their times: which are late is of the steps.
const ofSteps = /arrival|current-watermark|processing|^times|^windows/
const files = caseFiles().filter(({ name }) => {
  const isWanted = positionals.length === 0 || positionals.some((each) => name.startsWith(each))
  return isWanted && !ofSteps.test(name)
})

let questions = 0
let wrong = 0
for (const file of files) {
  for (const { name, pace } of paces) {
    const found = await wrongAnswers(file, pace)
    questions += file.questions.length
    wrong += found.length
    process.stdout.write(`${found.length === 0 ? 'ok' : 'WRONG'}  ${file.name}, ${name}\n`)
    for (const each of found) process.stdout.write(`${each}\n\n`)
  }
}
process.stdout.write(`${questions} answers, ${wrong} wrong, seed ${seed}\n`)
process.exitCode = wrong > 0 || questions === 0 ? 1 : 0

async function wrongAnswers(file: CaseFile, pace: Pace): Promise<string[]> {
  const open = gaps.flatMap(({ where }) => where[file.name] ?? [])
  const sandbox = await Sandbox.open(file)
  try {
    const answers = await answersOf(file, new MillraceWorld(file, sandbox, pace))
    return file.questions.flatMap(({ title, recorded }, index) => {
      const answer = answers[index]
      if (answer === undefined || recorded === undefined || open.includes(title)) return []
      // What is refused is so however it is run.
      if ('failure' in answer && answer.isRefusal) return []
      if (comparable(answer) === comparable(recorded)) return []
      return [`${title}:\n${comparable(answer)}\ninstead of\n${comparable(recorded)}`]
    })
  } finally {
    await sandbox.close()
  }
}
