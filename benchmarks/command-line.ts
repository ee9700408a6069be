import { type ParseArgsConfig, parseArgs } from 'node:util'

type Options = NonNullable<ParseArgsConfig['options']>

type Parsed<Known extends Options> = ReturnType<
  typeof parseArgs<{ options: Known; allowPositionals: true }>
>

/** What is wrong with a command line, in a line; `tools/program.mjs` ends the program with it. */
export class BadOption extends Error {
  override readonly name = 'BadOption'
  readonly code = 'BAD_OPTION'
}

/**
 * The options and words of this program's command line. `--help` prints the usage and ends the
 * program. Throws for an option that is not there, and for a word that is not among `words`.
 */
export function commandLine<Known extends Options>(
  usage: string,
  options: Known,
  words: readonly string[] = [],
): { values: Parsed<Known>['values']; words: string[] } {
  const args = process.argv.slice(2)
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(`${usage.trim()}\n`)
    process.exit()
  }
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true })
  const unknown = positionals.find((word) => !words.includes(word))
  if (unknown !== undefined) {
    const known = words.length === 0 ? 'there is none' : `there are ${words.join(', ')}`
    throw new BadOption(`Nothing is named '${unknown}': ${known}.`)
  }
  return { values, words: positionals }
}

/** What is missing on this machine ends the program with one line. */
export function need(check: () => void): void {
  try {
    check()
  } catch (cause) {
    process.stderr.write(`${cause instanceof Error ? cause.message : String(cause)}\n`)
    process.exit(1)
  }
}
