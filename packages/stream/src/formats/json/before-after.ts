import { isComing, type RowKind, rowKind } from '../../plan/row-kind.js'
import type { Column } from '../../state/column.js'
import { DecodeError } from '../errors.js'
import type { RecordEncoder, SinkField, Target } from '../format.js'
import { JsonDecoder, type JsonOptions } from './decode.js'
import { type JsonEncodeOptions, JsonEncoder } from './encode.js'
import { type JsonField, jsonField } from './fields.js'

/** Tells a row that was pushed. */
export type GiveRow = (kind: RowKind) => void

/** Changes that are told as the whole row before and the whole row after, in fields of these names. */
export class BeforeAfter {
  readonly before = jsonField('before')
  readonly after = jsonField('after')
  private readonly row: JsonDecoder
  private readonly pushMetadata: (bytes: Buffer) => void

  /** `pushMetadata`: what stands beside each row. */
  constructor(
    targets: readonly Target[],
    options: JsonOptions,
    pushMetadata: (bytes: Buffer) => void,
  ) {
    this.row = new JsonDecoder(targets, options)
    this.pushMetadata = pushMetadata
  }

  insert(bytes: Buffer, give: GiveRow): void {
    this.push(bytes, this.after, rowKind.insert, give)
  }

  update(bytes: Buffer, give: GiveRow): void {
    this.push(bytes, this.before, rowKind.updateBefore, give)
    this.push(bytes, this.after, rowKind.updateAfter, give)
  }

  delete(bytes: Buffer, give: GiveRow): void {
    this.push(bytes, this.before, rowKind.delete, give)
  }

  private push(
    bytes: Buffer,
    { name, isThere, start, end }: JsonField,
    kind: RowKind,
    give: GiveRow,
  ): void {
    if (!isThere) {
      const hint = name === 'before' ? ' (of PostgreSQL, set REPLICA IDENTITY to FULL)' : ''
      throw new DecodeError(`the change has no '${name}'${hint}`)
    }
    if (!this.row.decode(bytes, start, end)) throw new DecodeError(`'${name}' is no row`)
    this.pushMetadata(bytes)
    give(kind)
  }
}

/** As Flink writes such changes: a row that comes is created, a row that goes is deleted. */
export class BeforeAfterEncoder implements RecordEncoder {
  private readonly row: JsonEncoder
  private readonly created: readonly [before: string, after: string]
  private readonly deleted: readonly [before: string, after: string]

  /** `kind`: the field that says what a change is, and what it says of a row that comes and of one that goes. */
  constructor(
    fields: readonly SinkField[],
    options: JsonEncodeOptions,
    kind: readonly [field: string, created: string, deleted: string],
  ) {
    this.row = new JsonEncoder(fields, options)
    const [field, created, deleted] = kind
    const absent = (name: string) => (options.omitsNull(name) ? '' : `"${name}":null,`)
    this.created = [`{${absent('before')}"after":`, `,"${field}":"${created}"}`]
    this.deleted = ['{"before":', `,${absent('after')}"${field}":"${deleted}"}`]
  }

  encode(columns: readonly Column[], row: number, kind: RowKind): Buffer {
    const [before, after] = isComing(kind) ? this.created : this.deleted
    return Buffer.from(before + this.row.textOf(columns, row) + after)
  }
}
