// Brings the jars of a real Apache Kafka onto this machine, once: the tests compare the embedded
// broker with it. Needs Maven. They lie outside of the checkout, so that a clean install keeps them.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..')
const pom = path.join(root, 'packages', 'log', 'test', 'kafka', 'pom.xml')
const version = /<kafka\.version>(.+)<\/kafka\.version>/.exec(readFileSync(pom, 'utf8'))?.[1]
const cache = path.join(process.env.XDG_CACHE_HOME ?? path.join(homedir(), '.cache'), 'millrace')
const folder = path.join(cache, `kafka-${version}`)

if (existsSync(folder)) {
  say(`Apache Kafka ${version} is in ${folder}`)
} else {
  say(`Fetching Apache Kafka ${version} with Maven (once, some 50 MB) …`)
  mkdirSync(cache, { recursive: true })
  // Into a folder of another name first: one that is there is whole.
  const partial = mkdtempSync(path.join(cache, 'partial-'))
  const plugin = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies'
  const options = ['-DincludeScope=runtime', `-DoutputDirectory=${partial}`]
  const ended = spawnSync('mvn', ['-B', '-q', '-f', pom, plugin, ...options], { stdio: 'inherit' })
  if (ended.status !== 0) {
    rmSync(partial, { recursive: true, force: true })
    say(`Maven could not fetch it (${ended.error?.message ?? `it ended with ${ended.status}`}).`)
    process.exit(1)
  }
  renameSync(partial, folder)
  say(`Apache Kafka ${version} is in ${folder}`)
}

function say(text) {
  process.stderr.write(`${text}\n`)
}
