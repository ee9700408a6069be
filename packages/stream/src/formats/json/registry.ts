import type { Column } from '../../state/column.js'
import { frameBytes, frameOf, schemaIdOf } from '../confluent-frame.js'
import type { RecordDecoder, RecordEncoder, SinkField, Target } from '../format.js'
import { JsonDecoder, type JsonOptions } from './decode.js'
import { type JsonEncodeOptions, JsonEncoder } from './encode.js'

/**
 * JSON as the clients of a schema registry write it: 0x00, the id of a JSON Schema, the record. The
 * schema is not asked for, for the names of the fields are in the record.
 */
export class RegistryJsonDecoder implements RecordDecoder {
  private readonly json: JsonDecoder

  constructor(targets: readonly Target[], options: JsonOptions) {
    this.json = new JsonDecoder(targets, options)
  }

  decode(bytes: Buffer, start: number, end: number): boolean {
    schemaIdOf(bytes, start, end)
    return this.json.decode(bytes, start + frameBytes, end)
  }
}

/** The same, written behind the id of the schema. */
export class RegistryJsonEncoder implements RecordEncoder {
  private readonly json: JsonEncoder
  private readonly frame: Buffer

  constructor(fields: readonly SinkField[], schemaId: number, options: JsonEncodeOptions) {
    this.json = new JsonEncoder(fields, options)
    this.frame = frameOf(schemaId)
  }

  encode(columns: readonly Column[], row: number): Buffer {
    return Buffer.concat([this.frame, this.json.encode(columns, row)])
  }
}
