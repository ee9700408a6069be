/** The first byte of a value in Confluent's wire format. */
const magic = 0
/** Bytes before the payload: the magic byte and the schema's id, big-endian. */
const headerBytes = 5

/** A value in Confluent's wire format: 0x00, the schema's id as 4 bytes big-endian, the payload. */
export function frame(id: number, payload: Buffer): Buffer {
  const value = Buffer.allocUnsafe(headerBytes + payload.length)
  value[0] = magic
  value.writeUInt32BE(id, 1)
  payload.copy(value, headerBytes)
  return value
}

/**
 * The schema's id and the payload (a view, not a copy) of a value in Confluent's wire format;
 * undefined when it is not in that format.
 */
export function unframe(value: Buffer): { id: number; payload: Buffer } | undefined {
  if (value.length < headerBytes || value[0] !== magic) return undefined
  return { id: value.readUInt32BE(1), payload: value.subarray(headerBytes) }
}
