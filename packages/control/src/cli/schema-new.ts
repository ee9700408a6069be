import path from 'node:path'
import { realHost } from '@millrace/host'
import { Command, Option } from 'commander'
import { controlErrors } from '../errors.js'
import { manifestFile } from '../project/manifest.js'
import { schemaProjectOption } from './schema-baseline.js'
import { terminal } from './terminal.js'

interface NewOptions {
  project: string
  type: keyof typeof beginnings
  json?: boolean
}

/** What a schema is begun with in each language, and how its file ends. */
const beginnings = {
  avro: { ending: '.avsc', text: avroText },
  json: { ending: '.schema.json', text: jsonText },
  protobuf: { ending: '.proto', text: protoText },
}

/** `millrace schema new NAME` */
export function schemaNewCommand(): Command {
  return new Command('new')
    .summary('write a first schema')
    .description('Writes a schema to begin with into schemas/: a record, an object or a message.')
    .argument('<name>', 'small letters, digits, `_` and `-`')
    .addOption(
      new Option('--type <language>', 'what it is written in')
        .choices(Object.keys(beginnings))
        .default('avro'),
    )
    .addOption(schemaProjectOption())
    .option('--json', 'print the file as a JSON document')
    .addHelpText(
      'after',
      `
Examples:
  $ millrace schema new invoice
  $ millrace schema new invoice --type protobuf
  $ millrace schema new order_line -C shop`,
    )
    .action(create)
}

async function create(name: string, options: NewOptions): Promise<void> {
  const { loadTopics } = await import('../project/project.js')
  const { disk } = realHost
  if (!/^[a-z][a-z0-9_-]{0,99}$/.test(name)) {
    throw controlErrors.badOption(
      `\`${name}\` cannot be a schema's name: use small letters, digits, \`_\` and \`-\`.`,
    )
  }
  const root = path.resolve(options.project)
  if (!disk.exists(path.join(root, manifestFile))) throw controlErrors.notAProject(options.project)
  const { manifest } = loadTopics(disk, root)
  const { ending, text } = beginnings[options.type]
  const file = path.join('schemas', `${name}${ending}`)
  const place = path.join(root, file)
  if (disk.exists(place)) throw controlErrors.schemaExists(file)
  disk.makeDirectory(path.dirname(place))
  disk.replaceFile(place, text(namesOf(name, manifest.name)))
  if (options.json) {
    terminal.json({ file: place })
    return
  }
  terminal.out(`${terminal.style('bold', file)} is written. Change its fields, and say in a topic that
its events look like it, for instance in topics/${name}s.yaml:

  schema: ${name}${ending}
  id: id
  time: at`)
}

interface Names {
  /** `GiftCard` for `gift_card`. */
  record: string
  /** `gift card`. */
  words: string
  /** Of the project. */
  namespace: string
}

function namesOf(name: string, project: string): Names {
  const words = name.split(/[-_]/).filter((word) => word !== '')
  const record = words.map((word) => word[0]?.toUpperCase() + word.slice(1)).join('')
  const namespace = project
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^(?=[0-9])/, '_')
  return { record, words: words.join(' '), namespace }
}

function avroText({ record, words, namespace }: Names): string {
  return `{
  "type": "record",
  "name": "${record}",
  "namespace": "${namespace}",
  "doc": "What one event of this kind says. Write it for those who will read it.",
  "fields": [
    { "name": "id", "type": "string", "doc": "Which ${words} this is." },
    {
      "name": "at",
      "type": { "type": "long", "logicalType": "timestamp-millis" },
      "doc": "When it happened: milliseconds since 1970."
    }
  ]
}
`
}

function jsonText({ record, words }: Names): string {
  return `{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "title": "${record}",
  "description": "What one event of this kind says. Write it for those who will read it.",
  "type": "object",
  "properties": {
    "id": { "type": "string", "description": "Which ${words} this is." },
    "at": { "type": "string", "format": "date-time", "description": "When it happened." }
  },
  "required": ["id", "at"],
  "additionalProperties": false
}
`
}

function protoText({ record, words, namespace }: Names): string {
  return `syntax = "proto3";
package ${namespace};

import "google/protobuf/timestamp.proto";

// What one event of this kind says. Write it for those who will read it.
message ${record} {
  // Which ${words} this is.
  string id = 1;
  // When it happened.
  google.protobuf.Timestamp at = 2;
}
`
}
