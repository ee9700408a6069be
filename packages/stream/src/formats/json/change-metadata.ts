import { type DataType, unboundedLength } from '../../plan/type.js'
import { DecodeError } from '../errors.js'
import type { MetadataTarget } from '../format.js'
import type { NestedType } from '../nested-value.js'
import { parseTimestamp, type TimestampStandard } from '../time-text.js'
import { fieldText, type JsonField } from './fields.js'
import { jsonNestedReader } from './nested.js'

/** Pushes a value that lies in a field of the record, NULL where it is not there. */
export type PushField = (bytes: Buffer, field: JsonField) => void

/** Where the metadata of a key lies in a record, and how it is pushed to a column. */
export type MetadataField = readonly [
  field: JsonField,
  pushOf: (target: MetadataTarget) => PushField,
]

/** What pushes all metadata that stands beside a row, of that which a format has by its keys. */
export function pushMetadata(
  targets: readonly MetadataTarget[],
  fields: Readonly<Record<string, MetadataField>>,
): (bytes: Buffer) => void {
  const pushes = targets.map((target) => {
    const found = fields[target.key]
    if (found === undefined) throw new RangeError(`no metadata ${target.key}`)
    const [field, pushOf] = found
    const push = pushOf(target)
    return (bytes: Buffer) => push(bytes, field)
  })
  return (bytes) => {
    for (const push of pushes) push(bytes)
  }
}

export function pushText({ column }: MetadataTarget): PushField {
  if (column.kind !== 'bytes') throw new TypeError('metadata of text')
  return (bytes, field) => {
    const text = fieldText(bytes, field)
    if (text === undefined) column.pushNull()
    else column.pushString(text)
  }
}

/** From milliseconds since 1970. */
export function pushInstant(target: MetadataTarget): PushField {
  return pushTime(target, (text) => Number(text) * 1000)
}

/** From seconds since 1970. */
export function pushSeconds(target: MetadataTarget): PushField {
  return pushTime(target, (text) => Number(text) * 1_000_000)
}

/** From a time as text, which is of UTC; of its digits Flink keeps those of milliseconds. */
export function pushTimeText(standard: TimestampStandard): (target: MetadataTarget) => PushField {
  return (target) => {
    return pushTime(target, (text) => {
      return Math.floor(parseTimestamp(text, standard, false) / 1000) * 1000
    })
  }
}

function pushTime({ column, key }: MetadataTarget, microsOf: (text: string) => number): PushField {
  if (column.kind !== 'fixed') throw new TypeError('metadata of a time')
  return (bytes, field) => {
    const text = fieldText(bytes, field)
    const micros = text === undefined ? 0 : microsOf(text)
    if (text === undefined) column.pushNull()
    else if (Number.isSafeInteger(micros)) column.pushSafeInteger(micros)
    else throw new DecodeError(`'${text}' is no time for '${key}'`)
  }
}

const text: DataType = { kind: 'varchar', length: unboundedLength, nullable: true }
const mapOf = (value: DataType): NestedType => ({ kind: 'map', key: text, value, nullable: true })

export const pushTexts = pushNested({ kind: 'array', element: text, nullable: true })
export const pushTextsByName = pushNested(mapOf(text))
export const pushIntegersByName = pushNested(mapOf({ kind: 'int', nullable: true }))

function pushNested(type: NestedType): (target: MetadataTarget) => PushField {
  return ({ column }) => {
    if (column.kind !== 'bytes') throw new TypeError('a nested value lies as text')
    const read = jsonNestedReader(type, {
      standard: 'SQL',
      ignoreParseErrors: false,
      failOnMissingField: false,
    })
    return (bytes, field) => {
      if (!field.isThere) column.pushNull()
      else column.pushString(JSON.stringify(read(bytes, field.start, field.end)))
    }
  }
}
