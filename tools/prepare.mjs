// Brings a checkout to where its commands can run: dependencies installed, TypeScript compiled,
// the kernel in WebAssembly and the console's page built. Each part is skipped when it is up to
// date; that all is, nearly always, is found by the times of files, in a tenth of a second.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..')

const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 20 || (major === 20 && minor < 19)) {
  fail(`Millrace needs Node 20.19 or newer; this is ${process.version}. Install a newer Node.`)
}

const lock = path.join(root, 'package-lock.json')
const installed = path.join(root, 'node_modules', '.package-lock.json')
const packages = readdirSync(path.join(root, 'packages')).map((name) => path.join('packages', name))
const projects = [...packages, 'simulation', 'test', 'benchmarks']
const compiled = projects.map((name) => path.join(root, name, 'dist', '.tsbuildinfo'))
const kernel = path.join(
  root,
  'packages',
  'stream',
  'dist',
  'src',
  'formats',
  'kernel',
  'module.js',
)
const page = path.join(root, 'packages', 'console', 'dist', 'page', 'index.html')
const programs = path.join('packages', 'control', 'dist', 'bundle')
const benchmarked = path.join('benchmarks', 'dist', 'bundle')
/** Folders that making, installing and running fill. */
const made = new Set(['dist', 'node_modules', '.millrace', 'results'])
/** Its time is when building began the last time that it ended well. */
const built = path.join(root, programs, '.built')

if (!isUpToDate()) build()

function isUpToDate() {
  const needed = [installed, kernel, page, path.join(root, benchmarked), ...compiled]
  if (!needed.every((file) => existsSync(file))) return false
  const settings = ['package.json', 'tsconfig.json', 'tsconfig.base.json', 'tools']
  const sources = projects.flatMap((name) => sourcesIn(path.join(root, name)))
  const read = [lock, installed, ...settings.map((name) => path.join(root, name)), ...sources]
  return changedAt(built) > Math.max(...read.map(newestIn))
}

function build() {
  const beganAt = new Date()
  if (changedAt(installed) < changedAt(lock)) {
    const verb = process.env.CI === undefined && existsSync(installed) ? 'install' : 'ci'
    say('Installing dependencies (once; under a minute) …')
    run('npm', [verb, '--no-fund', '--no-audit', '--loglevel=error'], 'npm could not install')
  }

  run(
    process.execPath,
    [path.join('node_modules', 'typescript', 'bin', 'tsc'), '-b', 'tsconfig.json'],
    'The TypeScript sources do not compile',
  )

  const kernelSources = path.join(root, 'packages', 'stream', 'assembly')
  if (changedAt(kernel) < newestIn(kernelSources)) {
    run(
      process.execPath,
      [path.join('tools', 'kernel.mjs'), kernelSources, kernel],
      'The kernel in WebAssembly does not compile',
    )
  }

  // The command line, the programs that the platform starts as processes and threads, and the
  // benchmarks' own.
  const control = path.join('packages', 'control', 'dist', 'src')
  const roles = ['job', 'tables', 'converter', 'broker'].map((name) =>
    path.join(control, 'roles', `${name}.js`),
  )
  const decoding = path.join('packages', 'stream', 'dist', 'src', 'runtime', 'decoding-worker.js')
  bundle(programs, [path.join(control, 'cli', 'main.js'), ...roles, decoding])
  bundle(benchmarked, [path.join('benchmarks', 'dist', 'job-process.js'), decoding])

  const pageSources = ['src', 'index.html', 'vite.config.ts', 'package.json'].map((name) =>
    path.join(root, 'packages', 'console', name),
  )
  if (changedAt(page) < Math.max(...pageSources.map(newestIn))) {
    say('Building the console …')
    const vite = path.join('..', '..', 'node_modules', 'vite', 'bin', 'vite.js')
    const args = [vite, 'build', '--logLevel', 'warn']
    run(process.execPath, args, 'The console does not build', path.join('packages', 'console'))
  }
  mkdirSync(path.dirname(built), { recursive: true })
  writeFileSync(built, '')
  utimesSync(built, beganAt, beganAt)
}

function bundle(folder, entries) {
  const tool = path.join(root, 'tools', 'bundle.mjs')
  const newest = Math.max(...[kernel, tool, installed, ...compiled].map(changedAt))
  const bundled = entries.map((entry) => path.join(root, folder, path.basename(entry)))
  if (Math.min(...bundled.map(changedAt)) >= newest) return
  run(
    process.execPath,
    [path.join('tools', 'bundle.mjs'), folder, ...entries],
    'The programs do not come together in one file',
  )
}

function run(command, args, failure, folder = '.') {
  // Nothing but errors reaches the terminal: what the command itself prints comes after it.
  const ended = spawnSync(command, args, {
    cwd: path.join(root, folder),
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
    shell: process.platform === 'win32' && command === 'npm',
  })
  if (ended.status !== 0) {
    process.stderr.write(`${ended.stdout ?? ''}${ended.stderr ?? ''}`)
    fail(`${failure} (${command} ${args.join(' ')}).`)
  }
}

function changedAt(file) {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0
}

/** When a file, or anything in a folder, changed; 0 where it is not there. */
function newestIn(place) {
  const stat = statSync(place, { throwIfNoEntry: false })
  if (stat === undefined) return 0
  if (!stat.isDirectory()) return stat.mtimeMs
  return Math.max(stat.mtimeMs, ...sourcesIn(place).map(newestIn))
}

/** What lies in a folder, without what is made there. */
function sourcesIn(folder) {
  const names = readdirSync(folder).filter((name) => !made.has(name))
  return names.map((name) => path.join(folder, name))
}

function say(text) {
  process.stderr.write(`${text}\n`)
}

function fail(text) {
  say(text)
  process.exit(1)
}
