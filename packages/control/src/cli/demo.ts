import path from 'node:path'
import { realHost } from '@millrace/host'
import { Command } from 'commander'
import type { Demo } from '../demo/demo.js'
import type { DemoReport, HotWindow } from '../demo/report.js'
import type { TripSource } from '../demo/trip.js'
import { controlErrors } from '../errors.js'
import { ridesFolder } from '../installation.js'
import { hotWindowsShown } from '../limits.js'
import { greeting } from './greeting.js'
import { interrupted, interruptSignal } from './interrupt.js'
import { choosePorts, type PortOptions, portOptions } from './ports.js'
import { Progress } from './progress.js'
import { table, terminal } from './terminal.js'

interface DemoCommandOptions extends PortOptions {
  trips?: string
  exitWhenDone?: boolean
  rate?: string
  count?: string
  seed: string
  data?: string
  fresh?: boolean
  json?: boolean
  verbose?: boolean
}

/** `millrace demo` */
export function demoCommand(): Command {
  const command = new Command('demo')
    .summary('run the ride-hailing example')
    .description(
      'Runs examples/rides: trips come in by HTTP, a pipeline makes demand and surge of them.\n' +
        'Without --trips they are made up. A second start goes on where the first ended.',
    )
    .option('--trips <file>', "replay a CSV of the City of Chicago's taxi trips instead")
    .option('--exit-when-done', 'end after the last trip, with the totals and the hottest windows')
    .option('--rate <n>', 'trips a second (made-up ones: 40; a file: as fast as they are taken)')
    .option('--count <n>', 'make up so many trips and no more')
    .option('--seed <n>', 'make up other trips', '1')
    .option('--data <dir>', 'store everything there')
    .option('--fresh', 'forget what an earlier demo stored')
    .option('--json', 'print the totals and the hottest windows as one JSON document')
    .option('--verbose', 'print what the parts say (it is in millrace.log in any case)')
  for (const option of portOptions()) command.addOption(option)
  return command
    .addHelpText(
      'after',
      `
Examples:
  $ millrace demo
  $ millrace demo --count 20000 --rate 5000 --exit-when-done
  $ millrace demo --trips chicago_taxi_trips.csv --exit-when-done`,
    )
    .action(demo)
}

async function demo(options: DemoCommandOptions): Promise<void> {
  const { Demo } = await import('../demo/demo.js')
  const { RoleNotices } = await import('../supervise/notices.js')
  const source = await chooseSource(options)
  const progress = new Progress(realHost.clock)
  const signal = interruptSignal()
  const rate = await chooseRate(options)
  const dataFolder = path.resolve(
    options.data ?? path.join(ridesFolder, '.millrace', folderOf(options)),
  )
  const notices = new RoleNotices(realHost.clock, dataFolder, terminal.err)
  const running = await Demo.start({
    host: realHost,
    source,
    signal,
    fresh: options.fresh === true,
    dataFolder,
    onRoleEnd: (role, end) => {
      progress.end()
      notices.ended(role, end)
    },
    ports: (project) => choosePorts(project.manifest.ports, options),
    onStarted: (platform) => {
      if (!options.json) terminal.out(greeting(platform))
      terminal.err(`Sending ${source.identity} …`)
    },
    onProgress: (sent) => {
      if (sent > 0) progress.show(progressText(sent, source.count))
    },
    ...(options.verbose ? { onLine: terminal.err } : {}),
    ...(rate === undefined ? {} : { rate }),
  })
  try {
    if (!Number.isFinite(source.count) && !options.json) void showFirstWindows(running, progress)
    await running.send()
    progress.end()
    if (signal.aborted) return
    if (options.trips === undefined && !options.exitWhenDone) {
      terminal.err('All trips are stored. Ctrl-C stops it.')
      await interrupted(signal)
      return
    }
    terminal.err('All trips are stored. Closing the last windows …')
    const report = await running.finish()
    // A page that ends with the demo is not told.
    const page = options.exitWhenDone ? undefined : running.platform.url('console')
    if (options.json) terminal.json({ ...report, page })
    else terminal.out(reportText(report))
    if (page !== undefined) {
      terminal.err(`\nOpen ${page} to see it. Ctrl-C stops it.`)
      await interrupted(signal)
    }
  } finally {
    progress.end()
    await running.platform.stop()
  }
}

/** Trips that never end have no last window: the question is answered once, early on. */
async function showFirstWindows(running: Demo, progress: Progress): Promise<void> {
  const { askHottest, hottestSql } = await import('../demo/report.js')
  const { hottest } = await running
    .whenWindows(hotWindowsShown)
    .then(() => askHottest(running.platform.url('query')))
  progress.end()
  terminal.out(`\nThe hottest windows so far:\n\n${hottestTable(hottest)}\n`)
  terminal.out(terminal.style('dim', `  ${hottestSql.replaceAll('\n', '\n  ')}\n`))
}

async function chooseSource(options: DemoCommandOptions): Promise<TripSource> {
  if (options.trips !== undefined) {
    const { csvTrips } = await import('../demo/csv.js')
    return csvTrips(realHost.disk, options.trips)
  }
  const { generatedTrips } = await import('../demo/generator.js')
  const seed = wholeNumber('seed', options.seed, 0)
  const count = options.count === undefined ? {} : { count: wholeNumber('count', options.count, 1) }
  return generatedTrips({ seed, ...count })
}

async function chooseRate(options: DemoCommandOptions): Promise<number | undefined> {
  if (options.rate !== undefined) return wholeNumber('rate', options.rate, 1)
  if (options.trips !== undefined) return undefined
  const { generatedTripsPerSecond } = await import('../demo/generator.js')
  return generatedTripsPerSecond
}

/** Sources do not mix: each has a folder of its own. */
function folderOf({ trips, seed }: DemoCommandOptions): string {
  if (trips === undefined) return `demo-generated-${seed}`
  return `demo-${path.basename(trips, '.csv').replace(/[^\w.-]/g, '_')}`
}

function wholeNumber(option: string, text: string, least: number): number {
  const value = Number(text)
  if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= least) return value
  throw controlErrors.badOption(`--${option}: \`${text}\` must be a whole number from ${least} on.`)
}

function progressText(sent: number, count: number): string {
  const text = sent.toLocaleString('en')
  if (!Number.isFinite(count)) return `${text} trips sent`
  const share = Math.floor((sent * 100) / count)
  return `${text} of ${count.toLocaleString('en')} trips sent (${share}%)`
}

function reportText(report: DemoReport): string {
  const { style } = terminal
  const number = (value: number) => value.toLocaleString('en')
  const refusals = report.refusals.map(
    ({ tripId, reason }) => `  trip ${tripId} was refused: ${reason}`,
  )
  return [
    '',
    style(
      'bold',
      `${number(report.sent)} sent, ${number(report.accepted)} accepted, ${number(report.refused)} refused`,
    ),
    ...refusals,
    `${number(report.windows)} windows; the hottest:`,
    '',
    hottestTable(report.hottest),
  ].join('\n')
}

function hottestTable(hottest: readonly HotWindow[]): string {
  const rows = hottest.map((window) => [
    window.pickup_area,
    `${window.window_start.slice(0, 16).replace('T', ' ')}–${window.window_end.slice(11, 16)}`,
    window.demand,
    window.average_fare?.toFixed(2) ?? '',
    `${window.surge.toFixed(2)}×`,
  ])
  return table(['area', 'window (UTC)', 'demand', 'average fare', 'surge'], rows)
}
