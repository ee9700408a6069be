import { Command } from 'commander'
import { schemaCheckCommand } from './schema-check.js'
import { schemaDiffCommand } from './schema-diff.js'
import { schemaNewCommand } from './schema-new.js'
import { schemaPublishCommand } from './schema-publish.js'

/** `millrace schema` */
export function schemaCommand(): Command {
  const command = new Command('schema')
    .summary('schemas as reviewed code: new, diff, check, publish')
    .description('Writes, compares, checks and publishes the schemas of a project.')
    .helpCommand(false)
    .addHelpText(
      'after',
      `
Examples:
  $ millrace schema new invoice
  $ millrace schema diff --against main
  $ millrace schema check --against origin/main --format markdown
  $ millrace schema publish --release 1.4.0`,
    )
  for (const each of [
    schemaNewCommand(),
    schemaDiffCommand(),
    schemaCheckCommand(),
    schemaPublishCommand(),
  ]) {
    command.addCommand(each)
  }
  return command
}
