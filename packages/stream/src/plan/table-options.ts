import {
  type CreateTable,
  didYouMean,
  notSupported,
  type Span,
  SqlError,
  type TableOption,
} from '../sql/index.js'
import { connectorNamed, furtherConnectors } from './connector.js'
import { checkCsvQuotes } from './csv-options.js'
import { durationMs } from './duration.js'
import { formatOptions, optionsOf } from './format-options.js'
import { checkLateTopic, lateTopicOption } from './late-topic.js'
import type { OptionDefinition } from './option-definition.js'
import { checkScanRange, scanRangeOptions } from './scan-range.js'
import { changelogFormats } from './value-format.js'

const keyFormats = ['raw', 'json', 'csv', 'avro', 'avro-confluent']
const valueFormats = [
  ...['json', 'csv', 'avro', 'avro-confluent', 'raw', ...changelogFormats],
  // Ours: Flink has no format for records of a JSON Schema.
  'json-registry',
]

const duration = {
  accepts: (value: string) => durationMs(value) !== undefined,
  hint: "write a duration such as '5 s', '1 min' or '500 ms'",
}
/** The options that a table may have. */
const known: readonly OptionDefinition[] = [
  { key: 'connector', values: ['kafka', 'upsert-kafka', ...furtherConnectors] },
  { key: 'topic' },
  { key: 'format', values: valueFormats },
  { key: 'value.format', values: valueFormats },
  { key: 'key.format', values: keyFormats },
  { key: 'key.fields' },
  { key: 'key.fields-prefix' },
  { key: 'value.fields-include', values: ['ALL', 'EXCEPT_KEY'] },
  ...scanRangeOptions,
  { key: 'scan.watermark.idle-timeout', check: duration },
  { key: lateTopicOption },
  { key: 'scan.topic-partition-discovery.interval', check: duration },
  { key: 'sink.delivery-guarantee', values: ['exactly-once', 'at-least-once', 'none'] },
  { key: 'sink.transactional-id-prefix' },
  ...optionsOf('', valueFormats),
  ...optionsOf('value.', valueFormats),
  ...optionsOf('key.', keyFormats),
]

/** For messages; a format's options are told once, without their prefixes. */
const listedKeys = known
  .map((option) => option.key)
  .filter((key) => !/^(value|key)\.[a-z-]+\.(?!fields)/.test(key))

/** Values that Flink has and Millrace has not yet, so that the error can say so. */
const valuesOfFlink = new Map<string, readonly string[]>([
  ['connector', ['jdbc', 'upsert-kafka', 'kafka']],
  ['format', ['protobuf']],
  ['key.format', ['protobuf']],
])

/** Keys that Flink has and Millrace has not yet. */
const keysOfFlink = new Set([
  ...['topic-pattern', 'sink.parallelism'],
  ...['scan.parallelism', 'sink.partitioner'],
  ...['sink.buffer-flush.max-rows', 'sink.buffer-flush.interval', 'sink.semantic'],
  ...['scan.watermark.alignment.group', 'scan.watermark.emit.strategy'],
  ...['json', 'debezium-json', 'canal-json', 'maxwell-json', 'ogg-json'].flatMap((format) => [
    `${format}.map-null-key.mode`,
    `${format}.map-null-key.literal`,
  ]),
])

/**
 * The options of a table: those written, checked, and those of `defaults` that are absent.
 * @throws SqlError for an unknown option or value.
 */
export function resolveOptions(
  table: CreateTable,
  defaults: Readonly<Record<string, string>>,
): ReadonlyMap<string, string> {
  const options = new Map<string, string>()
  const connector = table.options.find(({ key }) => key === 'connector')?.value
  const further = connectorNamed(connector)
  if (further !== undefined) return furtherOptions(table, connector ?? '', further)
  for (const { key, keyAt, value, valueAt } of table.options) {
    if (options.has(key)) throw new SqlError(`the option '${key}' is given twice`, keyAt)
    checkOption(key, keyAt, value, valueAt)
    options.set(key, value)
  }
  const hasFormat = options.has('format') || options.has('value.format')
  for (const [key, value] of Object.entries(defaults)) {
    const otherFormat = hasFormat && (key === 'format' || key === 'value.format')
    if (!options.has(key) && !otherFormat) options.set(key, value)
  }
  checkFormatOptions(table, options)
  checkScanRange(table, options)
  checkLateTopic(table, options)
  return options
}

/** The options of a table that is no topic, for which there are no defaults. */
function furtherOptions(
  table: CreateTable,
  connector: string,
  further: NonNullable<ReturnType<typeof connectorNamed>>,
): ReadonlyMap<string, string> {
  const options = new Map<string, string>()
  for (const option of table.options) {
    const { key, keyAt, value, valueAt } = option
    if (options.has(key)) throw new SqlError(`the option '${key}' is given twice`, keyAt)
    options.set(key, value)
    if (key === 'connector' || further.checkFurther?.(table, option)) continue
    const definition = further.options.find((each) => each.key === key)
    if (definition === undefined) {
      const keys = further.options.map((each) => each.key)
      const others = keys.length === 0 ? 'it has none' : `it has ${keys.join(', ')}`
      const hint = didYouMean(key, keys)?.replaceAll('`', "'") ?? others
      throw new SqlError(`the connector '${connector}' has no option '${key}'`, keyAt, hint)
    }
    checkValue(definition, value, valueAt)
  }
  checkFormatOptions(table, options)
  return options
}

/** A format's option stands beside that format, under the same prefix: elsewhere nobody reads it. */
function checkFormatOptions(table: CreateTable, options: ReadonlyMap<string, string>): void {
  for (const { key, keyAt } of table.options) {
    const match = /^(value\.|key\.)?([a-z-]+)\./.exec(key)
    if (match === null || !Object.hasOwn(formatOptions, match[2] ?? '')) continue
    const [, prefix = '', format = ''] = match
    if (options.get(`${prefix}format`) === format) continue
    const hint = options.has('value.format') && prefix === '' ? `value.${key}` : undefined
    throw new SqlError(
      `'${key}' goes with '${prefix}format' = '${format}', which this table has not`,
      keyAt,
      hint === undefined ? 'leave it out' : `write '${hint}'`,
    )
  }
  for (const prefix of ['', 'value.', 'key.']) {
    checkCsvQuotes(table, prefix)
    const isSet = (name: string) => options.get(`${prefix}json.${name}`)?.toLowerCase() === 'true'
    const ignore = writtenOption(table, `${prefix}json.ignore-parse-errors`)
    if (ignore === undefined || !isSet('ignore-parse-errors')) continue
    if (!isSet('fail-on-missing-field')) continue
    throw new SqlError(
      `'${ignore.key}' and '${prefix}json.fail-on-missing-field' contradict each other`,
      ignore.keyAt,
      'leave one of them out',
    )
  }
}

function writtenOption(table: CreateTable, key: string): TableOption | undefined {
  return table.options.find((option) => option.key === key)
}

function checkOption(key: string, keyAt: Span, value: string, valueAt: Span): void {
  if (key.startsWith('properties.')) return
  const definition = known.find((option) => option.key === key)
  if (definition === undefined) {
    if (keysOfFlink.has(key.replace(/^(value|key)\./, ''))) {
      throw notSupported(`the option '${key}'`, keyAt, 'leave it out')
    }
    const keys = [...known.map((option) => option.key), ...keysOfFlink]
    throw new SqlError(
      `there is no option '${key}'`,
      keyAt,
      didYouMean(key, keys)?.replaceAll('`', "'") ?? `the options are ${listedKeys.join(', ')}`,
    )
  }
  checkValue(definition, value, valueAt)
}

function checkValue({ key, check, values }: OptionDefinition, value: string, valueAt: Span): void {
  if (check !== undefined && !check.accepts(value)) {
    throw new SqlError(`'${value}' is no value of '${key}'`, valueAt, check.hint)
  }
  if (values === undefined || values.includes(value)) return
  const list = `it may be ${values.map((each) => `'${each}'`).join(' or ')}`
  if (valuesOfFlink.get(key === 'value.format' ? 'format' : key)?.includes(value)) {
    throw notSupported(`'${value}' for '${key}'`, valueAt, list)
  }
  throw new SqlError(
    `'${value}' is no value of '${key}'`,
    valueAt,
    didYouMean(value, values)?.replaceAll('`', "'") ?? list,
  )
}
