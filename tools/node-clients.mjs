// Confluent's client of the schema registry for Node, in a folder of its own, once. It brings the
// development kits of three clouds along, which an install of this repository has no use for. The
// folder lies outside of the checkout, so that a clean install keeps it.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import path from 'node:path'

const name = '@confluentinc/schemaregistry'
const version = '1.10.1'
const cache = path.join(process.env.XDG_CACHE_HOME ?? path.join(homedir(), '.cache'), 'millrace')
const folder = path.join(cache, `confluent-schemaregistry-${version}`)

if (!existsSync(folder)) {
  say(`Installing ${name} ${version} with npm (once, some 170 MB) …`)
  mkdirSync(cache, { recursive: true })
  // Into a folder of another name first: one that is there is whole.
  const partial = mkdtempSync(path.join(cache, 'partial-'))
  const quietly = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  const args = ['install', '--prefix', partial, '--save-exact', ...quietly, `${name}@${version}`]
  const ended = spawnSync('npm', args, {
    // Within a checkout npm would take its workspaces for what to install into.
    cwd: partial,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  })
  if (ended.status !== 0) {
    rmSync(partial, { recursive: true, force: true })
    say(`npm could not install it (${ended.error?.message ?? `it ended with ${ended.status}`}).`)
    process.exit(1)
  }
  renameSync(partial, folder)
}
say(`${name} ${version} is in ${folder}`)

function say(text) {
  process.stderr.write(`${text}\n`)
}
