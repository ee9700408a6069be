import { Decompress } from 'fzstd'
import { Output } from './output.js'

/** Given to the library at once, so that a frame that grows too large is noticed on the way. */
const chunkBytes = 64 * 1024

/** Unpacks a Zstandard frame. Throws an error with the reason: damaged, or beyond `bytesMax`. */
export function unpackZstd(packed: Buffer, bytesMax: number): Buffer {
  const output = new Output(Math.min(bytesMax, packed.length * 4), bytesMax)
  let isWhole = false
  const stream = new Decompress((chunk, final) => {
    output.add(chunk, 0, chunk.length)
    isWhole = final ?? false
  })
  for (let at = 0; at < packed.length; at += chunkBytes) {
    const end = Math.min(at + chunkBytes, packed.length)
    stream.push(packed.subarray(at, end), end === packed.length)
  }
  if (!isWhole) throw new RangeError('its Zstandard frame is cut off')
  return output.whole()
}
