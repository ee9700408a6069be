import { createRequire } from 'node:module'
import { crc32cByTables } from './crc32c-by-tables.js'

/** Below this a call out of JavaScript costs more than it saves (measured: even at 300 bytes). */
const nativeBytesMin = 512

const native = nativeChecksum()

/** The checksum of record batches (CRC-32C) of the bytes from `from` to the end; unsigned 32 bits. */
export function crc32c(bytes: Uint8Array, from = 0): number {
  if (native === undefined || bytes.length - from < nativeBytesMin) {
    return crc32cByTables(bytes, from)
  }
  return native(from === 0 ? bytes : bytes.subarray(from))
}

/** By the processor's instruction, where there is a binary for this platform. */
function nativeChecksum(): ((bytes: Uint8Array) => number) | undefined {
  try {
    const library = createRequire(import.meta.url)('@node-rs/crc32') as {
      crc32c(bytes: Uint8Array): number
    }
    return library.crc32c
  } catch {
    return undefined
  }
}
