// Runs the compiled tests with Node's own runner: all of them, or those whose path contains one
// of the words given (`npm test -- log gateway`).
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

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
  .filter((file) => words.length === 0 || words.some((word) => file.includes(word)))
  .sort()

if (files.length === 0) {
  process.stderr.write(`No test has ${words.join(' or ')} in its path.\n`)
  process.exit(1)
}
const ended = spawnSync(
  process.execPath,
  ['--enable-source-maps', '--test', '--test-concurrency=2', ...files],
  { cwd: root, stdio: 'inherit' },
)
process.exit(ended.status ?? 1)
