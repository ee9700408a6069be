// Runs the compiled tests with Node's own runner: all of them, or those whose path contains one
// of the words given (`npm test -- log gateway`). A run whose tests leave something in the temporary
// folder fails.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { leftIn, removeTemporaryFolder, takeTemporaryFolder } from './temporary-folder.mjs'

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..')
const words = process.argv.slice(2)

const packages = readdirSync(path.join(root, 'packages')).map((name) => `packages/${name}`)
const files = [...packages, 'simulation', 'test']
  .map((place) => path.join(place, 'dist', ...(place === 'test' ? [] : ['test'])))
  .filter((folder) => existsSync(path.join(root, folder)))
  .flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true })
      .filter((name) => name.endsWith('.test.js'))
      .map((name) => path.join(folder, name)),
  )
  // What was compiled of a test that is gone, or has another name now, stays there.
  .filter((file) => existsSync(path.join(root, sourceOf(file))))
  .filter((file) => words.length === 0 || words.some((word) => file.includes(word)))
  .sort()

function sourceOf(file) {
  return file.replace(`${path.sep}dist${path.sep}`, path.sep).replace(/\.js$/, '.ts')
}

if (files.length === 0) {
  process.stderr.write(`No test has ${words.join(' or ')} in its path.\n`)
  process.exit(1)
}
const folder = takeTemporaryFolder()
const ended = spawnSync(
  process.execPath,
  ['--enable-source-maps', '--test', '--test-concurrency=2', ...files],
  { cwd: root, stdio: 'inherit' },
)
// What guards a server that was killed removes its folder a moment later.
for (let tries = 0; tries < 30 && leftIn(folder).length > 0; tries++) await pause(100)
const left = leftIn(folder)
removeTemporaryFolder(folder)
if (left.length > 0) {
  process.stderr.write(`Tests left in the temporary folder: ${left.join(', ')}\n`)
}
process.exit(ended.status === 0 && left.length > 0 ? 1 : (ended.status ?? 1))
