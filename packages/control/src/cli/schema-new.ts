import path from 'node:path'
import { realHost } from '@millrace/host'
import { Command } from 'commander'
import { controlErrors } from '../errors.js'
import { manifestFile } from '../project/manifest.js'
import { loadTopics } from '../project/project.js'
import { schemaProjectOption } from './schema-baseline.js'
import { terminal } from './terminal.js'

interface NewOptions {
  project: string
  json?: boolean
}

/** `millrace schema new NAME` */
export function schemaNewCommand(): Command {
  return new Command('new')
    .summary('write a first schema')
    .description('Writes schemas/NAME.avsc: a record to begin with.')
    .argument('<name>', 'small letters, digits, `_` and `-`')
    .addOption(schemaProjectOption())
    .option('--json', 'print the file as a JSON document')
    .addHelpText(
      'after',
      `
Examples:
  $ millrace schema new invoice
  $ millrace schema new order_line -C shop`,
    )
    .action(create)
}

function create(name: string, options: NewOptions): void {
  const { disk } = realHost
  if (!/^[a-z][a-z0-9_-]{0,99}$/.test(name)) {
    throw controlErrors.badOption(
      `\`${name}\` cannot be a schema's name: use small letters, digits, \`_\` and \`-\`.`,
    )
  }
  const root = path.resolve(options.project)
  if (!disk.exists(path.join(root, manifestFile))) throw controlErrors.notAProject(options.project)
  const { manifest } = loadTopics(disk, root)
  const file = path.join('schemas', `${name}.avsc`)
  const place = path.join(root, file)
  if (disk.exists(place)) throw controlErrors.schemaExists(file)
  disk.makeDirectory(path.dirname(place))
  disk.replaceFile(place, schemaText(name, manifest.name))
  if (options.json) {
    terminal.json({ file: place })
    return
  }
  terminal.out(`${terminal.style('bold', file)} is written. Change its fields, and say in a topic that
its events look like it, for instance in topics/${name}s.yaml:

  schema: ${name}.avsc
  id: id
  time: at`)
}

function schemaText(name: string, project: string): string {
  const words = name.split(/[-_]/).filter((word) => word !== '')
  const record = words.map((word) => word[0]?.toUpperCase() + word.slice(1)).join('')
  const namespace = project
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^(?=[0-9])/, '_')
  return `{
  "type": "record",
  "name": "${record}",
  "namespace": "${namespace}",
  "doc": "What one event of this kind says. Write it for those who will read it.",
  "fields": [
    { "name": "id", "type": "string", "doc": "Which ${words.join(' ')} this is." },
    {
      "name": "at",
      "type": { "type": "long", "logicalType": "timestamp-millis" },
      "doc": "When it happened: milliseconds since 1970."
    }
  ]
}
`
}
