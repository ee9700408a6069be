import path from 'node:path'
import { realHost } from '@millrace/host'
import { Command } from 'commander'
import { controlErrors } from '../errors.js'
import { templateFolder } from '../installation.js'
import { pathArgument, programName, projectArgument } from './invocation.js'
import { terminal } from './terminal.js'

/** `millrace new DIR` */
export function newCommand(): Command {
  return new Command('new')
    .summary('write a small project to start from')
    .description(
      'Writes a small, commented project: a topic, a pipeline, a test, a table, a board, some events.',
    )
    .argument('<dir>', 'a folder that is new or empty')
    .option('--json', 'print the files as a JSON document')
    .addHelpText(
      'after',
      `
Examples:
  $ millrace new shop
  $ millrace test shop
  $ millrace up shop`,
    )
    .action(create)
}

function create(folder: string, options: { json?: boolean }): void {
  const { disk } = realHost
  const root = path.resolve(folder)
  const kind = disk.kind(root)
  if (kind === 'file') throw controlErrors.notAFolder(folder)
  if (kind === 'directory' && disk.list(root).length > 0) {
    throw controlErrors.folderNotEmpty(folder)
  }
  const files = filesIn('')
  for (const file of files) {
    const target = path.join(root, file)
    const text = disk.readFile(path.join(templateFolder, file)).toString('utf8')
    disk.makeDirectory(path.dirname(target))
    disk.replaceFile(target, text.replaceAll('{{name}}', path.basename(root)))
  }
  if (options.json) {
    terminal.json({ folder: root, files })
    return
  }
  terminal.out(`${terminal.style('bold', folder)} holds a project now:\n`)
  for (const file of files) terminal.out(`  ${file}`)
  terminal.out(nextSteps(root))
}

function nextSteps(root: string): string {
  const program = programName()
  const [project, where] = [pathArgument(root), projectArgument(root)]
  const events = pathArgument(path.join(root, 'orders.ndjson'))
  return `
Try:
  ${program} test ${project}
  ${program} up ${project}
and then, in another terminal:
  ${program} produce${where} orders --file ${events}
  ${program} sql${where} "SELECT * FROM sales"`
}

/** Relative to the template, with those of subfolders. */
function filesIn(folder: string): string[] {
  return realHost.disk.list(path.join(templateFolder, folder)).flatMap((name) => {
    const place = path.join(folder, name)
    const isFolder = realHost.disk.kind(path.join(templateFolder, place)) === 'directory'
    return isFolder ? filesIn(place) : [place]
  })
}
