/** In which format the values of records are. */
export type RecordFormat = 'json' | 'avro'

/** A row as the value of a record; its fields stand in the order of the table's columns. */
export function recordValue(row: object, format: RecordFormat): Buffer {
  return format === 'json' ? Buffer.from(jsonOf(row)) : avroOf(row)
}

const timeFields = new Set(['dateTime', 'expires'])

/** With times as Flink's `json` reads them: `2015-07-15 00:00:00.123`. */
function jsonOf(row: object): string {
  return JSON.stringify(row, (name, value) =>
    timeFields.has(name) ? new Date(value).toISOString().slice(0, -1).replace('T', ' ') : value,
  )
}

/**
 * As Flink's `avro` reads a table whose columns may be NULL: a record of unions of null and the
 * type, numbers and times (milliseconds) as `long`, texts as `string`.
 */
function avroOf(row: object): Buffer {
  const bytes: number[] = []
  const parts: Buffer[] = []
  for (const value of Object.values(row)) {
    // The second branch of the union.
    bytes.push(2)
    if (typeof value === 'number') {
      pushLong(bytes, value)
      continue
    }
    const text = Buffer.from(value as string)
    pushLong(bytes, text.length)
    parts.push(Buffer.from(bytes.splice(0)), text)
  }
  return Buffer.concat([...parts, Buffer.from(bytes)])
}

/** Of numbers from 0 on: zigzag is twice the number, seven bits a byte, the lowest first. */
function pushLong(bytes: number[], value: number): void {
  let left = value * 2
  while (left >= 0x80) {
    bytes.push((left % 0x80) | 0x80)
    left = Math.floor(left / 0x80)
  }
  bytes.push(left)
}
