// Clients in Python that others wrote, of the schema registry and of the REST proxy, each set in a
// folder of its own, once. They lie outside of the checkout, so that a clean install keeps them.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import path from 'node:path'

const cache = path.join(process.env.XDG_CACHE_HOME ?? path.join(homedir(), '.cache'), 'millrace')

install('confluent-kafka-2.16.1', 'some 60 MB', [
  'confluent-kafka[avro,schemaregistry,json,protobuf]==2.16.1',
])
install('rest-clients-1', 'some 2 MB', [
  ...['nlp-kafka-rest-api==1.0.0', 'pymapr-kafkarest==0.1.1', 'python-slugify==8.0.4'],
  'requests==2.32.5',
])

function install(name, size, wanted) {
  const folder = path.join(cache, name)
  if (!existsSync(folder)) {
    say(`Installing ${wanted.join(', ')} with pip (once, ${size}) …`)
    mkdirSync(cache, { recursive: true })
    // Packages alone, into a folder of another name first: one that is there is whole.
    const partial = mkdtempSync(path.join(cache, 'partial-'))
    const asked = ['-m', 'pip', 'install', '-q', '--target', partial, ...wanted]
    const ended = spawnSync('python3', asked, { stdio: 'inherit' })
    if (ended.status !== 0) {
      rmSync(partial, { recursive: true, force: true })
      say(`pip could not install it (${ended.error?.message ?? `it ended with ${ended.status}`}).`)
      process.exit(1)
    }
    renameSync(partial, folder)
  }
  say(`${name} is in ${folder}`)
}

function say(text) {
  process.stderr.write(`${text}\n`)
}
