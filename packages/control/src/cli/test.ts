import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { realHost } from '@millrace/host'
import { Command } from 'commander'
import type { CaseResult } from '../check/run.js'
import { interruptSignal } from './interrupt.js'
import { terminal } from './terminal.js'

interface TestOptions {
  json?: boolean
  watch?: boolean
}

/** `millrace test [dir]` */
export function testCommand(): Command {
  return new Command('test')
    .summary("run a project's pipeline tests")
    .description("Runs a project's pipelines/*.test.yaml, without any server.")
    .argument('[dir]', 'the project', '.')
    .option('--json', 'print the results as a JSON array')
    .option('--watch', 'run them again whenever a file of the project changes, until Ctrl-C')
    .addHelpText(
      'after',
      `
Examples:
  $ millrace test
  $ millrace test examples/rides
  $ millrace test --watch

The exit code is 1 when a case fails.`,
    )
    .action(test)
}

async function test(folder: string, options: TestOptions): Promise<void> {
  if (options.watch) await watch(folder, options)
  else if ((await runTests(folder, options)) > 0) process.exitCode = 1
}

/** Until Ctrl-C. A project that cannot be read now may be in a moment. */
async function watch(folder: string, options: TestOptions): Promise<void> {
  const { ProjectWatch } = await import('../project/watch.js')
  const signal = interruptSignal()
  const changes = new ProjectWatch(realHost, folder)
  do {
    if (process.stdout.isTTY) process.stdout.write('\x1b[2J\x1b[H')
    try {
      if (changes.hasNewModules) await runTestsElsewhere(folder, options)
      else await runTests(folder, options)
    } catch (cause) {
      terminal.err(cause instanceof Error ? cause.message.trim() : String(cause))
    }
    if (!options.json) terminal.err('Waiting for a change … (Ctrl-C ends it)')
  } while (await changes.next(signal))
}

/** In a process of its own, which loads the modules of functions as they are now. */
async function runTestsElsewhere(folder: string, options: TestOptions): Promise<void> {
  const [program = ''] = process.argv.slice(1)
  const given = ['test', folder, ...(options.json ? ['--json'] : [])]
  const child = spawn(process.execPath, [...process.execArgv, program, ...given], {
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  await once(child, 'close')
}

/** Runs the tests once and tells how they came out; gives how many failed. */
async function runTests(folder: string, options: TestOptions): Promise<number> {
  const { loadProject } = await import('../project/project.js')
  const { runCase } = await import('../check/run.js')
  const project = loadProject(realHost.disk, folder)
  const results: CaseResult[] = []
  for (const each of project.tests) {
    for (const one of each.cases) {
      const result = await runCase(realHost.clock, each, one)
      results.push(result)
      if (!options.json) terminal.out(resultText(result))
    }
  }
  const failed = results.filter((result) => !result.ok).length
  if (options.json) terminal.json(results)
  else terminal.out(summary(results.length, failed))
  return failed
}

function resultText(result: CaseResult): string {
  const { style } = terminal
  const title = `${result.file}: ${result.name}`
  if (result.ok) return `${style('green', 'ok')}      ${title} (${result.milliseconds} ms)`
  const lines = result.failure === undefined ? [] : [`  ${result.failure}`]
  for (const { table, lines: differences } of result.differences) {
    lines.push(`  ${table}`, ...differences.map((line) => `    ${line}`))
  }
  const place = `${result.file}:${result.line}`
  return [`${style('red', 'failed')}  ${place}: ${result.name}`, ...lines].join('\n')
}

function summary(cases: number, failed: number): string {
  if (cases === 0) return 'The project has no tests yet: write one as pipelines/NAME.test.yaml.'
  const noun = cases === 1 ? 'case' : 'cases'
  const text = failed === 0 ? `${cases} ${noun} passed` : `${failed} of ${cases} ${noun} failed`
  return terminal.style('bold', text)
}
