// Runs a compiled program of this checkout, `node tools/program.mjs FILE …`, when all is built. A
// command line that is wrong ends it with one line and 2, whatever the program is.
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import './prepare.mjs'
import { removeTemporaryFolder, takeTemporaryFolder } from './temporary-folder.mjs'

/** Options that take a whole number, in every program that has them. */
const numbers = new Set(['--seeds', '--seed', '--from', '--count', '--bids', '--keys', '--text'])

const folder = takeTemporaryFolder()
process.on('exit', () => {
  try {
    removeTemporaryFolder(folder)
  } catch {
    // Something writes there still; the next run removes it.
  }
})

process.setSourceMapsEnabled(true)
// The program finds its command line where it is without us.
process.argv.splice(1, 1)
const [, program, ...words] = process.argv
words.forEach((word, at) => {
  const [option, value = words[at + 1]] = word.split('=', 2)
  if (!numbers.has(option) || value === undefined || /^\d+$/.test(value)) return
  wrong(`${option} takes a whole number, not '${value}'.`)
})
try {
  await import(pathToFileURL(path.resolve(program)).href)
} catch (cause) {
  if (!isOfCommandLine(cause)) throw cause
  wrong(firstSentence(cause.message))
}

/** What `parseArgs` throws, and what programs throw themselves (`benchmarks/command-line.ts`). */
function isOfCommandLine(cause) {
  return /^(ERR_PARSE_ARGS_\w+|BAD_OPTION)$/.test(cause?.code)
}

function wrong(line) {
  const script = process.env.npm_lifecycle_event
  const help = script === undefined ? '' : ` See \`npm run ${script} -- --help\`.`
  process.stderr.write(`${line}${help}\n`)
  process.exit(2)
}

/** Node goes on with advice on words that begin with a hyphen. */
function firstSentence(message) {
  return `${message.split(/\.(?: |$)/, 1)[0]}.`
}
