import { tmpdir } from 'node:os'
import path from 'node:path'
import { type Clock, realHost } from '@millrace/host'
import { Command } from 'commander'
import { controlErrors } from '../errors.js'
import { metricsEverySeconds, progressPlainMs, progressTerminalMs } from '../limits.js'
import type { ScriptRun } from '../run/script-run.js'
import { interruptSignal } from './interrupt.js'
import { userFolder } from './invocation.js'
import { tellMetrics, wantedMetrics } from './metrics.js'
import { Progress } from './progress.js'
import { countText, terminal } from './terminal.js'

interface RunOptions {
  state?: string
  bootstrapServer?: string
  registry?: string
  atLeastOnce?: boolean
  fromSavepoint?: string
  allowNonRestoredState?: boolean
  savepoint?: string
  metrics?: string | boolean
  json?: boolean
  quiet?: boolean
}

/** `millrace run SCRIPT.sql` */
export function runCommand(): Command {
  return new Command('run')
    .summary('run a Flink SQL script on its own')
    .description(
      'Runs a Flink SQL script against the brokers that its tables name. It ends when its inputs are bounded and every result is committed; otherwise Ctrl-C ends it.',
    )
    .argument('<script>', 'the file')
    .option('--state <dir>', 'keep state there, and go on from it; a temporary folder otherwise')
    .option('--from-savepoint <dir>', 'begin from what was kept there')
    .option(
      '--allow-non-restored-state',
      'begin without what was kept of queries that the script has no more, or that keep something else now',
    )
    .option('--savepoint <dir>', 'when it is stopped, write a savepoint there')
    .option('--bootstrap-server <host:port>', 'the broker of tables that name none')
    .option('--registry <url>', 'the schema registry of tables that name none')
    .option('--at-least-once', 'publish without transactions: after a crash results may come twice')
    .option(
      '--metrics [seconds]',
      `tell what each operator does, every ${metricsEverySeconds} seconds and at the end`,
    )
    .option('--json', 'tell it as lines of JSON, one for each job')
    .option('--quiet', 'tell nothing but errors, and the metrics that are asked for')
    .addHelpText(
      'after',
      `
Examples:
  $ millrace run report.sql
  $ millrace run report.sql --bootstrap-server localhost:9092 --state ./report-state
  $ millrace run report.sql --savepoint ./tuesday       Ctrl-C writes it
  $ millrace run report-2.sql --from-savepoint ./tuesday
  $ millrace run report.sql --metrics 5                 a table on standard error, each five seconds

The clusters of the project that the script lies in are catalogs: main.topics.NAME is a topic with
a schema. Where that project runs, it is also where tables are that name no broker. CREATE CATALOG
makes a catalog of any other cluster.

A script that is run again with its state, or from a savepoint, may have changed: what is kept goes
on wherever a query still keeps the same; where one does not, the run says which, and why, and does
not start.

The exit code is 0 when all is done, or when an endless script was stopped; 130 when a bounded one
was stopped before its end; 1 when it failed.`,
    )
    .action(run)
}

async function run(script: string, options: RunOptions): Promise<void> {
  const { planScriptFile } = await import('../run/plan-script.js')
  const { ScriptRun } = await import('../run/script-run.js')
  const { openStateFolder, removeStateFolder, temporaryStateFolder } = await import(
    '../run/state-folder.js'
  )
  const { disk, clock } = realHost
  const metrics = wantedMetrics(options)
  const file = path.resolve(userFolder(), script)
  if (disk.kind(file) !== 'file') throw controlErrors.scriptMissing(script)
  const { tasks, places } = await planScriptFile(
    realHost,
    { file, shown: script },
    {
      ...(options.bootstrapServer && { bootstrap: options.bootstrapServer }),
      ...(options.registry && { registryUrl: options.registry }),
    },
  )
  if (tasks.length === 0) throw controlErrors.scriptEmpty(script)

  const temporary =
    options.state === undefined ? temporaryStateFolder(realHost, tmpdir(), file) : undefined
  const folder = temporary ?? openStateFolder(realHost, inUserFolder(options.state ?? ''), file)
  const told = options.quiet ? () => {} : terminal.err
  let isKept = options.state !== undefined
  try {
    const signal = interruptSignal()
    const scriptRun = new ScriptRun({
      host: realHost,
      tasks,
      directory: folder.path,
      name: folder.name,
      places,
      ...(options.atLeastOnce && { guarantee: 'at-least-once' as const }),
      ...(options.fromSavepoint !== undefined && {
        savepoint: inUserFolder(options.fromSavepoint),
      }),
      ...(options.allowNonRestoredState && { mayLoseState: true }),
      log: told,
      print: (line, isError) => (isError ? terminal.err(line) : terminal.out(line)),
    })
    const savepoint = options.savepoint === undefined ? undefined : inUserFolder(options.savepoint)
    signal.addEventListener('abort', () => scriptRun.stop(savepoint), { once: true })
    const startedAt = clock.monotonic()
    const stopTelling =
      metrics !== undefined
        ? tellMetrics(clock, scriptRun, metrics)
        : options.quiet
          ? () => {}
          : tellProgress(clock, scriptRun)
    const end = await scriptRun.run().finally(stopTelling)
    if (end === 'stopped' && scriptRun.isBounded) process.exitCode = 130
    if (scriptRun.hasJobs) told(summary(scriptRun, end, clock.monotonic() - startedAt))
    if (savepoint !== undefined && scriptRun.hasSavepoint) told(`A savepoint is in ${savepoint}.`)
    isKept ||= end === 'stopped' && scriptRun.metrics().recordsIn > 0
    if (end === 'stopped' && options.state === undefined && isKept) {
      told(`Its state is in ${folder.path}: \`--state ${folder.path}\` goes on from there.`)
    }
  } finally {
    if (isKept) temporary?.keep()
    else removeStateFolder(disk, folder)
  }
}

function inUserFolder(folder: string): string {
  return path.resolve(userFolder(), folder)
}

/** Tells how far it is until the function that it gives is called. */
function tellProgress(clock: Clock, scriptRun: ScriptRun): () => void {
  const progress = new Progress(clock)
  const stopped = new AbortController()
  const begunAt = clock.monotonic()
  const tell = async () => {
    while (!stopped.signal.aborted) {
      await clock.sleep(progressTerminalMs, stopped.signal)
      const { startsAt } = scriptRun
      if (startsAt !== undefined) {
        const isLong = clock.monotonic() - begunAt > progressPlainMs
        if (isLong)
          progress.show(startsAt ? `Starting, with the broker at ${startsAt} …` : 'Starting …')
        continue
      }
      const { recordsIn, recordsOut, lag } = scriptRun.metrics()
      progress.show(
        `${countText(recordsIn)} records read, ${countText(lag)} to read, ${countText(recordsOut)} written`,
      )
    }
  }
  tell().catch(() => {})
  return () => {
    stopped.abort()
    progress.end()
  }
}

function summary(scriptRun: ScriptRun, end: 'done' | 'stopped', elapsedMs: number): string {
  const { recordsIn, recordsOut, late, skipped } = scriptRun.metrics()
  const counts = [
    `${countText(recordsIn)} records read`,
    `${countText(recordsOut)} written`,
    ...(late > 0 ? [`${countText(late)} too late`] : []),
    ...(skipped > 0 ? [`${countText(skipped)} passed over`] : []),
  ]
  const word = end === 'done' ? 'Done' : 'Stopped'
  return `${word}: ${counts.join(', ')} in ${(elapsedMs / 1000).toFixed(1)} s.`
}
