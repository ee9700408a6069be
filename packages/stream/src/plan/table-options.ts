import { type CreateTable, didYouMean, notSupported, type Span, SqlError } from '../sql/index.js'

/** An option of WITH (…): what it may be, and what it means. */
interface OptionDefinition {
  readonly key: string
  /** Absent: any value. */
  readonly values?: readonly string[]
}

const valueFormats = ['json', 'avro-confluent']

/** The options that a table may have. */
const known: readonly OptionDefinition[] = [
  { key: 'connector', values: ['kafka', 'upsert-kafka'] },
  { key: 'topic' },
  { key: 'format', values: valueFormats },
  { key: 'value.format', values: valueFormats },
  { key: 'key.format', values: ['raw', 'json'] },
  { key: 'key.fields' },
  { key: 'value.fields-include', values: ['ALL'] },
  { key: 'avro-confluent.url' },
  { key: 'value.avro-confluent.url' },
  { key: 'scan.startup.mode', values: ['earliest-offset'] },
  { key: 'scan.bounded.mode', values: ['latest-offset', 'unbounded'] },
  { key: 'sink.delivery-guarantee', values: ['exactly-once'] },
  { key: 'sink.transactional-id-prefix' },
]

/** Values that Flink has and Millrace has not yet, so that the error can say so. */
const valuesOfFlink = new Map<string, readonly string[]>([
  ['connector', ['filesystem', 'datagen', 'print', 'blackhole', 'jdbc', 'upsert-kafka', 'kafka']],
  ['format', ['avro', 'csv', 'raw', 'debezium-json', 'canal-json', 'maxwell-json', 'protobuf']],
  ['key.format', ['avro', 'csv', 'avro-confluent', 'protobuf']],
  ['scan.startup.mode', ['latest-offset', 'group-offsets', 'timestamp', 'specific-offsets']],
  ['scan.bounded.mode', ['group-offsets', 'timestamp', 'specific-offsets']],
  ['sink.delivery-guarantee', ['at-least-once', 'none']],
  ['value.fields-include', ['EXCEPT_KEY']],
])

/** Keys that Flink has and Millrace has not yet. */
const keysOfFlink = new Set([
  ...['topic-pattern', 'key.fields-prefix', 'scan.startup.specific-offsets', 'sink.parallelism'],
  ...['scan.startup.timestamp-millis', 'scan.bounded.timestamp-millis', 'sink.partitioner'],
  ...[
    'scan.bounded.specific-offsets',
    'scan.topic-partition-discovery.interval',
    'scan.parallelism',
  ],
  ...['sink.buffer-flush.max-rows', 'sink.buffer-flush.interval', 'sink.semantic'],
  ...[
    'scan.watermark.idle-timeout',
    'scan.watermark.alignment.group',
    'scan.watermark.emit.strategy',
  ],
  ...['json.ignore-parse-errors', 'json.fail-on-missing-field', 'json.timestamp-format.standard'],
  ...['json.map-null-key.mode', 'json.encode.decimal-as-plain-number', 'avro-confluent.subject'],
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
  return options
}

function checkOption(key: string, keyAt: Span, value: string, valueAt: Span): void {
  if (key.startsWith('properties.')) return
  const definition = known.find((option) => option.key === key)
  if (definition === undefined) {
    if (keysOfFlink.has(key.replace(/^value\./, ''))) {
      throw notSupported(`the option '${key}'`, keyAt, 'leave it out')
    }
    const keys = [...known.map((option) => option.key), ...keysOfFlink]
    throw new SqlError(
      `there is no option '${key}'`,
      keyAt,
      didYouMean(key, keys)?.replaceAll('`', "'") ??
        `the options are ${known.map((option) => option.key).join(', ')}`,
    )
  }
  if (definition.values === undefined || definition.values.includes(value)) return
  const list = `it may be ${definition.values.map((each) => `'${each}'`).join(' or ')}`
  if (valuesOfFlink.get(key === 'value.format' ? 'format' : key)?.includes(value)) {
    throw notSupported(`'${value}' for '${key}'`, valueAt, list)
  }
  throw new SqlError(
    `'${value}' is no value of '${key}'`,
    valueAt,
    didYouMean(value, definition.values)?.replaceAll('`', "'") ?? list,
  )
}

/** The format of a table's values, under either of its names. */
export function formatOf(options: ReadonlyMap<string, string>): string | undefined {
  return options.get('value.format') ?? options.get('format')
}
