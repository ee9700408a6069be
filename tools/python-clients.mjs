// Clients of the schema registry in Python, in an environment of their own, once. It lies outside
// of the checkout, so that a clean install keeps it.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import path from 'node:path'

const version = '2.16.1'
const cache = path.join(process.env.XDG_CACHE_HOME ?? path.join(homedir(), '.cache'), 'millrace')
const folder = path.join(cache, `confluent-kafka-${version}`)

if (!existsSync(folder)) {
  say(`Installing confluent-kafka ${version} with pip (once, some 60 MB) …`)
  mkdirSync(cache, { recursive: true })
  // Packages alone, into a folder of another name first: one that is there is whole.
  const partial = mkdtempSync(path.join(cache, 'partial-'))
  const wanted = `confluent-kafka[avro,schemaregistry,json,protobuf]==${version}`
  const ended = spawnSync('python3', ['-m', 'pip', 'install', '-q', '--target', partial, wanted], {
    stdio: 'inherit',
  })
  if (ended.status !== 0) {
    rmSync(partial, { recursive: true, force: true })
    say(`pip could not install it (${ended.error?.message ?? `it ended with ${ended.status}`}).`)
    process.exit(1)
  }
  renameSync(partial, folder)
}
say(`confluent-kafka ${version} is in ${folder}`)

function say(text) {
  process.stderr.write(`${text}\n`)
}
