import path from 'node:path'
import { realHost } from '@millrace/host'
import { Command, Option } from 'commander'
import { controlErrors } from '../errors.js'
import {
  type AgainstOptions,
  registryOption,
  registryUrl,
  schemaProjectOption,
} from './schema-baseline.js'
import { terminal } from './terminal.js'

interface PublishOptions extends AgainstOptions {
  release: string
  out: string
  package?: string
  language: string
  register: boolean
  json?: boolean
}

/** `millrace schema publish` */
export function schemaPublishCommand(): Command {
  return new Command('publish')
    .summary('register the schemas, and write typed bindings')
    .description(
      "Registers the schema of each topic, and writes what programs need to send and read the topics' events: an npm package, Java and Go sources.",
    )
    .requiredOption('--release <version>', 'the version of the bindings, such as 1.4.0')
    .addOption(schemaProjectOption())
    .addOption(
      new Option(
        '--registry <url>',
        registryOption().description.replace('hold them against', 'register them at'),
      ),
    )
    .option('--no-register', 'write the bindings only')
    .option('--out <dir>', 'where the bindings go', 'bindings')
    .option('--package <name>', 'of the npm package (default: @PROJECT/events)')
    .option('--language <list>', 'some of typescript,java,go', 'typescript,java,go')
    .option('--json', 'print what was registered and written as a JSON document')
    .addHelpText(
      'after',
      `
Examples:
  $ millrace schema publish --release 1.4.0
  $ millrace schema publish --release 1.4.0 --no-register --language typescript
  $ npm install ./bindings/shop-events-1.4.0.tgz

Nothing is registered, and nothing written, when one of them breaks.`,
    )
    .action(publish)
}

async function publish(options: PublishOptions): Promise<void> {
  const { loadSchemas } = await import('../schemas/project-schemas.js')
  const { bindingFiles, readBindingOptions } = await import('../schemas/publish.js')
  const { disk } = realHost
  const source = loadSchemas(disk, options.project)
  const asked = readBindingOptions(source.name, options)
  // Before anything is registered: a name that two schemas share is found here.
  const files = bindingFiles(source, asked)

  const registered = options.register ? await register(source, options) : []
  const out = path.resolve(options.out)
  for (const { path: place, content } of files) {
    const target = path.join(out, place)
    disk.makeDirectory(path.dirname(target))
    disk.replaceFile(target, content)
  }
  const written = files.map((file) => file.path)
  if (options.json) {
    terminal.json({ release: options.release, registered, folder: out, files: written })
    return
  }
  for (const { subject, id, version, isNew } of registered) {
    terminal.out(`${subject}  version ${version}, id ${id}${isNew ? ', new' : ''}`)
  }
  const packed = written.find((file) => file.endsWith('.tgz'))
  const folder = path.relative(process.cwd(), out) || '.'
  terminal.out(`${written.length} files of release ${options.release} are in ${folder}`)
  if (packed !== undefined)
    terminal.out(`Install them with: npm install ./${path.posix.join(folder, packed)}`)
}

async function register(
  source: Awaited<ReturnType<typeof import('../schemas/project-schemas.js').loadSchemas>>,
  options: PublishOptions,
) {
  const { registryBaseline } = await import('../schemas/baseline.js')
  const { registerAll } = await import('../schemas/publish.js')
  const { verdicts } = await import('../schemas/verdict.js')
  const url = registryUrl(options)
  const found = await verdicts(source.schemas, registryBaseline(url), 'BACKWARD')
  const breaks = found.filter(({ status }) => status === 'breaks').length
  if (breaks > 0) throw controlErrors.schemasBreak(breaks)
  return registerAll(source, url)
}
