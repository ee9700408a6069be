import { DecodeError } from '../errors.js'
import type { RecordDecoder, Target } from '../format.js'
import { JsonDecoder, type JsonOptions } from './decode.js'

const magic = 0
const headerBytes = 5

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
    if (end - start < headerBytes || bytes[start] !== magic) {
      throw new DecodeError('not in the Confluent wire format (0x00 and a schema id)')
    }
    return this.json.decode(bytes, start + headerBytes, end)
  }
}
