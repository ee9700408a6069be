import { isComing, type RowKind, rowKind } from '../../plan/row-kind.js'
import type { Column } from '../../state/column.js'
import { frameBytes, schemaIdOf } from '../confluent-frame.js'
import { DecodeError, FormatError } from '../errors.js'
import type { ChangeDecoder, RecordEncoder, SinkField, Target } from '../format.js'
import type { AvroConverter } from './convert.js'
import { AvroCursor } from './cursor.js'
import { readerOf } from './decode.js'
import { type CellWriter, cellWriters } from './encode.js'
import { type AvroRecord, type AvroSchema, changeSchemaText, parseAvroSchema } from './schema.js'
import { branchOf, skipAvro } from './skip.js'
import { type Presence, placesOf, presenceOf } from './value-writer.js'
import { AvroWriter } from './writer.js'

type GiveRow = (kind: RowKind) => void

/** Where the parts of a change lie in its record; -1 where one is null, or not there. */
interface Parts {
  before: number
  after: number
  op: string | undefined
}

/** How the changes of a writer's schema are read. */
interface ChangeReader {
  /** Goes over a record, and notes where its parts lie. */
  readonly locate: (cursor: AvroCursor, parts: Parts) => void
  readonly before: readonly AvroConverter[]
  readonly after: readonly AvroConverter[]
}

/**
 * Flink's `debezium-avro-confluent` format: a change of a row of a database behind the id of its
 * writer's schema, a record with `before`, `after` and `op` (c for created, r for read by a snapshot,
 * u for updated, d for deleted); what else it has is gone over.
 */
export class DebeziumAvroDecoder implements ChangeDecoder {
  private readonly targets: readonly Target[]
  private readonly schemaById: (id: number) => Promise<string>
  private readonly readers = new Map<number, ChangeReader>()
  /** Schemas that were asked for; who asked first waits for the answer. */
  private readonly asked = new Set<number>()
  private readonly cursor = new AvroCursor()
  private readonly parts: Parts = { before: -1, after: -1, op: undefined }

  constructor(targets: readonly Target[], schemaById: (id: number) => Promise<string>) {
    this.targets = targets
    this.schemaById = schemaById
  }

  prepare(bytes: Buffer, start: number, end: number): Promise<void> | undefined {
    if (start === end) return undefined
    const id = schemaIdOf(bytes, start, end)
    if (this.asked.has(id)) return undefined
    this.asked.add(id)
    return this.schemaById(id).then((text) => {
      this.readers.set(id, changeReader(parseAvroSchema(text), this.targets))
    })
  }

  decode(bytes: Buffer, start: number, end: number, row: GiveRow): boolean {
    if (start === end) return false
    const id = schemaIdOf(bytes, start, end)
    const reader = this.readers.get(id)
    if (reader === undefined) throw new RangeError(`schema ${id} was not prepared`)
    const { cursor, parts } = this
    cursor.reset(bytes, start + frameBytes, end)
    Object.assign(parts, { before: -1, after: -1, op: undefined })
    reader.locate(cursor, parts)
    const give = (part: 'before' | 'after', kind: RowKind) => {
      this.push(part, reader)
      row(kind)
    }
    switch (parts.op) {
      case 'c':
      case 'r':
        give('after', rowKind.insert)
        return true
      case 'u':
        give('before', rowKind.updateBefore)
        give('after', rowKind.updateAfter)
        return true
      case 'd':
        give('before', rowKind.delete)
        return true
      default: {
        const shown = parts.op === undefined ? '' : `'${parts.op}' `
        throw new DecodeError(`there is no change ${shown}in 'op'`)
      }
    }
  }

  private push(part: 'before' | 'after', reader: ChangeReader): void {
    const at = this.parts[part]
    if (at < 0) {
      const hint = part === 'before' ? ' (of PostgreSQL, set REPLICA IDENTITY to FULL)' : ''
      throw new DecodeError(`the change has no '${part}'${hint}`)
    }
    this.cursor.at = at
    for (const convert of reader[part]) convert(this.cursor)
  }
}

function changeReader(schema: AvroSchema, targets: readonly Target[]): ChangeReader {
  const record = recordIn(schema, 'the schema')
  const fieldOf = (name: string) => {
    const field = record.fields.find((each) => each.name === name)
    if (field !== undefined) return field.schema
    throw new FormatError('SCHEMA_MISMATCH', `the schema has no field '${name}'`)
  }
  const rows = { before: fieldOf('before'), after: fieldOf('after') }
  fieldOf('op')
  const locateRecord = (cursor: AvroCursor, parts: Parts) => {
    for (const { name, schema: held } of record.fields) {
      if (name === 'op') parts.op = textIn(held, cursor)
      else if (name === 'before' || name === 'after') parts[name] = startOf(held, cursor)
      else skipAvro(held, cursor)
    }
  }
  return {
    locate: (cursor, parts) => {
      if (presentIn(schema, cursor).kind === 'record') locateRecord(cursor, parts)
    },
    before: readerOf(recordIn(rows.before, "'before'"), targets),
    after: readerOf(recordIn(rows.after, "'after'"), targets),
  }
}

/** The branch of a union that the cursor is at, or the schema itself. */
function presentIn(schema: AvroSchema, cursor: AvroCursor): AvroSchema {
  return schema.kind === 'union' ? branchOf(schema.branches, cursor) : schema
}

function startOf(schema: AvroSchema, cursor: AvroCursor): number {
  const present = presentIn(schema, cursor)
  const start = present.kind === 'null' ? -1 : cursor.at
  skipAvro(present, cursor)
  return start
}

function textIn(schema: AvroSchema, cursor: AvroCursor): string | undefined {
  const present = presentIn(schema, cursor)
  switch (present.kind) {
    case 'null':
      return undefined
    case 'enum':
      return branchOf(present.symbols, cursor)
    case 'string': {
      const length = cursor.readLength()
      const start = cursor.take(length)
      return cursor.bytes.toString('utf8', start, start + length)
    }
    default:
      throw new DecodeError(`'op' is ${present.kind}, and no text`)
  }
}

function recordIn(schema: AvroSchema, what: string): AvroRecord {
  const { schema: present } = presenceOf(schema, what)
  if (present.kind === 'record') return present
  throw new FormatError('SCHEMA_MISMATCH', `${what} is no record but ${present.kind}`)
}

/**
 * As Flink writes it: a row that comes is created, a row that goes is deleted. Without a schema it is
 * the one that `changeSchemaText` gives for the fields.
 */
export class DebeziumAvroEncoder implements RecordEncoder {
  private readonly out = new AvroWriter()
  private readonly schemaId: number
  private readonly whole: Presence
  /** In the order of the schema. */
  private readonly parts: readonly Part[]

  /** @throws FormatError where the schema cannot hold changes of such rows. */
  constructor(fields: readonly SinkField[], schemaId: number, text?: string) {
    const schema = parseAvroSchema(text ?? changeSchemaText(fields.map(({ field }) => field)))
    this.schemaId = schemaId
    this.whole = presenceOf(schema, 'the schema')
    const { fields: parts } = recordIn(schema, 'the schema')
    placesOf(
      parts.map(({ name }) => name),
      ['before', 'after', 'op'],
      'the record',
    )
    this.parts = parts.map(({ name, schema: held }) => {
      const presence = presenceOf(held, `'${name}'`)
      if (name !== 'op') return { name, presence, cells: cellWriters(presence.schema, fields) }
      if (presence.schema.kind === 'string') return { name, presence }
      throw new FormatError('SCHEMA_MISMATCH', `'op' is ${presence.schema.kind} in the schema`)
    })
  }

  encode(columns: readonly Column[], row: number, kind: RowKind): Buffer {
    const { out, whole } = this
    const comes = isComing(kind)
    out.begin(this.schemaId)
    begin(out, whole)
    for (const { name, presence, cells } of this.parts) {
      if (cells === undefined) {
        begin(out, presence)
        out.lengthAndBytes(Buffer.from(comes ? 'c' : 'd'))
      } else if ((name === 'after') === comes) {
        begin(out, presence)
        for (const write of cells) write(out, columns, row)
      } else if (presence.nullBranch === undefined) {
        throw new FormatError('NULL_REFUSED', `NULL in '${name}'`)
      } else out.long(presence.nullBranch)
    }
    return out.finish()
  }
}

interface Part {
  readonly name: string
  readonly presence: Presence
  /** Of a row; absent for `op`. */
  readonly cells?: readonly CellWriter[]
}

function begin(out: AvroWriter, { branch }: Presence): void {
  if (branch !== undefined) out.long(branch)
}
