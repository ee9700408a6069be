import path from 'node:path'
import { realHost } from '@millrace/host'
import { Command } from 'commander'
import { greeting } from './greeting.js'
import { interrupted, interruptSignal } from './interrupt.js'
import { choosePorts, type PortOptions, portOptions } from './ports.js'
import { terminal } from './terminal.js'

interface UpOptions extends PortOptions {
  data?: string
  json?: boolean
  verbose?: boolean
}

/** `millrace up [dir]` */
export function upCommand(): Command {
  const command = new Command('up')
    .summary('run a project directory')
    .description('Runs a project directory until Ctrl-C. A second start goes on where it ended.')
    .argument('[dir]', 'the project', '.')
    .option('--data <dir>', 'store everything there instead of in the project')
    .option('--json', 'print where everything listens as one JSON document')
    .option('--verbose', 'print what the parts say (it is in millrace.log in any case)')
  for (const option of portOptions()) command.addOption(option)
  return command
    .addHelpText(
      'after',
      `
Examples:
  $ millrace up                     run the project in this folder
  $ millrace up shop --free-ports   run another one beside it
  $ millrace up --ports kafka=19092`,
    )
    .action(up)
}

async function up(folder: string, options: UpOptions): Promise<void> {
  const { dataFolderOf, loadProject } = await import('../project/project.js')
  const { startPlatform } = await import('../api/start.js')
  const { RoleNotices } = await import('../supervise/notices.js')

  const project = loadProject(realHost.disk, folder)
  const dataFolder = options.data === undefined ? dataFolderOf(project) : path.resolve(options.data)
  const signal = interruptSignal()
  const notices = new RoleNotices(realHost.clock, dataFolder, terminal.err)
  const { platform, monitor } = await startPlatform({
    host: realHost,
    project,
    dataFolder,
    onRoleEnd: (role, end) => notices.ended(role, end),
    ports: choosePorts(project.manifest.ports, options),
    ...(options.verbose ? { onLine: terminal.err } : {}),
  })
  try {
    if (options.json) {
      const { project: name, startedAt, endpoints } = monitor.view
      terminal.json({ project: name, pid: process.pid, startedAt, endpoints })
    } else {
      terminal.out(greeting(platform))
      terminal.out('Ctrl-C stops it.')
    }
    for (const { name, status, reason } of platform.workers()) {
      if (status !== 'running') terminal.err(`The ${name} does not run: ${reason}`)
    }
    await interrupted(signal)
  } finally {
    await platform.stop()
  }
}
