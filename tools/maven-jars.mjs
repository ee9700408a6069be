// Brings the jars of a pom onto this machine, once, with Maven. They lie outside of the checkout,
// so that a clean install keeps them.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..')

/**
 * Fetches what the pom at `pomPath` depends on into `<cache>/millrace/<name>-<version>`, where
 * the version is the pom's property `<name>.version`. Ends the process when Maven cannot.
 */
export function fetchJars({ product, name, pomPath, size }) {
  const pom = path.join(root, ...pomPath)
  const version = new RegExp(`<${name}\\.version>(.+)</${name}\\.version>`).exec(
    readFileSync(pom, 'utf8'),
  )?.[1]
  if (version === undefined) throw new Error(`${pom} has no property ${name}.version`)
  const cache = path.join(process.env.XDG_CACHE_HOME ?? path.join(homedir(), '.cache'), 'millrace')
  const folder = path.join(cache, `${name}-${version}`)
  if (!existsSync(folder)) {
    say(`Fetching ${product} ${version} with Maven (once, some ${size}) …`)
    mkdirSync(cache, { recursive: true })
    // Into a folder of another name first: one that is there is whole.
    const partial = mkdtempSync(path.join(cache, 'partial-'))
    const plugin = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies'
    const options = ['-DincludeScope=runtime', `-DoutputDirectory=${partial}`]
    const ended = spawnSync('mvn', ['-B', '-q', '-f', pom, plugin, ...options], {
      stdio: 'inherit',
    })
    if (ended.status !== 0) {
      rmSync(partial, { recursive: true, force: true })
      say(`Maven could not fetch it (${ended.error?.message ?? `it ended with ${ended.status}`}).`)
      process.exit(1)
    }
    renameSync(partial, folder)
  }
  say(`${product} ${version} is in ${folder}`)
}

function say(text) {
  process.stderr.write(`${text}\n`)
}
