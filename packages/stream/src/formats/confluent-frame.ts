import { DecodeError } from './errors.js'

/** Records of a schema registry's clients begin with 0x00 and the id of the writer's schema. */
const magic = 0
export const frameBytes = 5

export function isFramed(bytes: Buffer, start: number, end: number): boolean {
  return end - start >= frameBytes && bytes[start] === magic
}

/** @throws DecodeError where the record does not begin so. */
export function schemaIdOf(bytes: Buffer, start: number, end: number): number {
  if (!isFramed(bytes, start, end)) {
    throw new DecodeError('not in the Confluent wire format (0x00 and a schema id)')
  }
  return bytes.readUInt32BE(start + 1)
}

/** What stands before a record. */
export function frameOf(schemaId: number): Buffer {
  const frame = Buffer.alloc(frameBytes)
  frame.writeUInt32BE(schemaId, 1)
  return frame
}
