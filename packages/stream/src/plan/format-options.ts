import { csvOptions } from './csv-options.js'
import type { OptionDefinition } from './option-definition.js'

const flag = {
  accepts: (value: string) => /^(true|false)$/i.test(value),
  hint: "it may be 'true' or 'false'",
}
const pattern = {
  accepts: (value: string) => {
    try {
      return new RegExp(value, 'u').source !== ''
    } catch {
      return false
    }
  },
  hint: 'write a regular expression, such as shop_.*',
}

function isJson(value: string): boolean {
  try {
    return typeof JSON.parse(value) === 'object'
  } catch {
    return false
  }
}

const json = { accepts: isJson, hint: 'write a schema of Avro, in JSON' }
const jsonSchema = { accepts: isJson, hint: 'write a JSON Schema' }

/** Of every format of JSON. */
const ofJson: readonly OptionDefinition[] = [
  { key: 'timestamp-format.standard', values: ['SQL', 'ISO-8601'] },
  { key: 'ignore-parse-errors', check: flag },
  { key: 'encode.ignore-null-fields', check: flag },
  // Decimals are always written so: in JSON it is the same number.
  { key: 'encode.decimal-as-plain-number', check: flag },
]

/** Of formats whose schemas are in a registry. */
const ofRegistry: readonly OptionDefinition[] = [
  { key: 'url' },
  {
    key: 'subject',
    check: { accepts: (value) => value.trim() !== '', hint: 'write the name of a subject' },
  },
]

/** The options of a format, which stand behind `json.`, `value.json.` or `key.json.`, say. */
export const formatOptions: Readonly<Record<string, readonly OptionDefinition[]>> = {
  json: [...ofJson, { key: 'fail-on-missing-field', check: flag }],
  csv: csvOptions,
  raw: [
    { key: 'charset', values: ['UTF-8', 'ISO-8859-1', 'US-ASCII', 'UTF-16LE', 'UTF-16BE'] },
    { key: 'endianness', values: ['big-endian', 'little-endian'] },
  ],
  'debezium-json': [...ofJson, { key: 'schema-include', check: flag }],
  'maxwell-json': ofJson,
  'ogg-json': ofJson,
  'canal-json': [
    ...ofJson,
    { key: 'database.include', check: pattern },
    { key: 'table.include', check: pattern },
  ],
  'avro-confluent': [
    ...ofRegistry,
    { key: 'schema', check: json },
    // Ours: Flink's format has no way to pass over what it cannot read.
    { key: 'ignore-parse-errors', check: flag },
  ],
  'debezium-avro-confluent': [...ofRegistry, { key: 'schema', check: json }],
  'json-registry': [
    ...ofRegistry,
    ...ofJson.filter(({ key }) => key !== 'encode.ignore-null-fields'),
    { key: 'schema', check: jsonSchema },
  ],
}

/** The options of these formats, behind a prefix. */
export function optionsOf(prefix: string, formats: readonly string[]): OptionDefinition[] {
  return formats.flatMap((format) =>
    (formatOptions[format] ?? []).map((option) => ({
      ...option,
      key: `${prefix}${format}.${option.key}`,
    })),
  )
}
