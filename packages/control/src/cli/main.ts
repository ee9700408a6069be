import { realHost } from '@millrace/host'
import { Command, CommanderError } from 'commander'
import { ControlError } from '../errors.js'
import { version } from '../version.js'
import { applyCommand } from './apply.js'
import { demoCommand } from './demo.js'
import { exceptionsCommand } from './exceptions.js'
import { generateCommand } from './generate.js'
import { jobsCommand } from './jobs.js'
import { newCommand } from './new.js'
import { produceCommand } from './produce.js'
import { runCommand } from './run.js'
import { schemaCommand } from './schema.js'
import { sqlCommand } from './sql.js'
import { tailCommand } from './tail.js'
import { terminal } from './terminal.js'
import { testCommand } from './test.js'
import { topicsCommand } from './topics.js'
import { upCommand } from './up.js'

const program = new Command('millrace')
  .description('One system for real-time data: a log, schemas, Flink SQL and fresh tables.')
  .version(version(realHost.disk), '-V, --version', 'print the version')
  .helpOption('-h, --help', 'print this help')
  .helpCommand('help [command]', 'print the help of a command')
  .configureHelp({ sortSubcommands: false })
  .showSuggestionAfterError()
  // So that a command and its own commands may have options of the same name.
  .enablePositionalOptions()
  .exitOverride()

for (const command of [
  upCommand(),
  applyCommand(),
  newCommand(),
  demoCommand(),
  produceCommand(),
  generateCommand(),
  tailCommand(),
  exceptionsCommand(),
  sqlCommand(),
  topicsCommand(),
  jobsCommand(),
  runCommand(),
  testCommand(),
  schemaCommand(),
]) {
  for (const each of [command, ...command.commands]) {
    each.copyInheritedSettings(program)
    const path = each === command ? command.name() : `${command.name()} ${each.name()}`
    each.showHelpAfterError(`See \`millrace ${path} --help\`.`)
  }
  program.addCommand(command)
}

program.showHelpAfterError('See `millrace --help`.')
program.addHelpText(
  'after',
  `
Start here:
  $ millrace demo                   see it run on made-up trips
  $ millrace new shop               write a small project, and then
  $ millrace up shop                run it`,
)

// Whoever reads our output may stop reading when they have seen enough: `millrace tail … | head`.
process.stdout.on('error', (cause: NodeJS.ErrnoException) => {
  process.exit(cause.code === 'EPIPE' ? 0 : 1)
})

try {
  await program.parseAsync()
  await written()
  process.exit()
} catch (cause) {
  if (cause instanceof CommanderError) {
    // Commander has said what was wrong with the command line.
    process.exit(cause.exitCode === 0 ? 0 : 2)
  }
  if (cause instanceof ControlError && cause.code === 'BAD_OPTION') {
    terminal.err(`${cause.message} See \`millrace ${commandPath(process.argv)} --help\`.`)
    process.exit(2)
  }
  const debug = process.env.MILLRACE_DEBUG !== undefined
  const known = cause instanceof Error ? cause : new Error(String(cause))
  terminal.err(debug ? (known.stack ?? known.message) : known.message.trim())
  process.exit(1)
}

/** The names of the command that was called: `topics`, `schema publish`. */
function commandPath([, , name = '', inner = '']: readonly string[]): string {
  const command = program.commands.find((each) => each.name() === name)
  return command?.commands.some((each) => each.name() === inner) ? `${name} ${inner}` : name
}

/** Whoever reads our output may be slower than we write; an exit would cut off the rest. */
function written(): Promise<void> {
  return new Promise((resolve) => {
    process.stdout.write('', () => resolve())
  })
}
