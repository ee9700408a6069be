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

const json = {
  accepts: (value: string) => {
    try {
      return typeof JSON.parse(value) === 'object'
    } catch {
      return false
    }
  },
  hint: 'write a schema of Avro, in JSON',
}

/** The options of a format, which stand behind `json.`, `value.json.` or `key.json.`, say. */
export const formatOptions: Readonly<Record<string, readonly OptionDefinition[]>> = {
  json: [
    { key: 'timestamp-format.standard', values: ['SQL', 'ISO-8601'] },
    { key: 'ignore-parse-errors', check: flag },
    { key: 'fail-on-missing-field', check: flag },
  ],
  csv: csvOptions,
  raw: [
    { key: 'charset', values: ['UTF-8', 'ISO-8859-1', 'US-ASCII', 'UTF-16LE', 'UTF-16BE'] },
    { key: 'endianness', values: ['big-endian', 'little-endian'] },
  ],
  'debezium-json': [
    { key: 'timestamp-format.standard', values: ['SQL', 'ISO-8601'] },
    { key: 'ignore-parse-errors', check: flag },
    { key: 'schema-include', check: flag },
  ],
  'canal-json': [
    { key: 'timestamp-format.standard', values: ['SQL', 'ISO-8601'] },
    { key: 'ignore-parse-errors', check: flag },
    { key: 'database.include', check: pattern },
    { key: 'table.include', check: pattern },
  ],
  'avro-confluent': [
    { key: 'url' },
    { key: 'schema', check: json },
    // Ours: Flink's format has no way to pass over what it cannot read.
    { key: 'ignore-parse-errors', check: flag },
    {
      key: 'subject',
      check: { accepts: (value) => value.trim() !== '', hint: 'write the name of a subject' },
    },
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
