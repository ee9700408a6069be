import type { Random } from '@millrace/host'
import { oneOf } from './some-request.js'

const bytes = [0x00, 0x01, 0x7f, 0x80, 0xfe, 0xff]
const words = [-1, 0, 1, 0x7fff, 0x7fffffff, -0x80000000, 1024 * 1024, 100 * 1024 * 1024]

/** The frame with one to four damages; its announced length fits again, but for one in ten. */
export function mutated(frame: Buffer, other: Buffer, random: Random): Buffer {
  let after: Buffer = Buffer.from(frame)
  for (let left = 1 + random.below(4); left > 0 && after.length > 8; left--) {
    after = damaged(after, other, random)
  }
  if (after.length >= 4 && random.below(10) !== 0) after.writeInt32BE(after.length - 4, 0)
  return after
}

function damaged(frame: Buffer, other: Buffer, random: Random): Buffer {
  const at = 4 + random.below(frame.length - 4)
  switch (random.below(9)) {
    case 0:
      frame[at] = (frame[at] as number) ^ (1 << random.below(8))
      return frame
    case 1:
      frame[at] = oneOf(random, bytes)
      return frame
    case 2:
      if (at + 2 <= frame.length) frame.writeInt16BE(oneOf(random, [-1, 0, 1, 0x7fff, -0x8000]), at)
      return frame
    case 3:
      if (at + 4 <= frame.length) frame.writeInt32BE(oneOf(random, words), at)
      return frame
    case 4:
      return frame.subarray(0, at)
    case 5: {
      const end = at + 1 + random.below(frame.length - at)
      return Buffer.concat([frame.subarray(0, end), frame.subarray(at)])
    }
    case 6:
      return Buffer.concat([frame.subarray(0, at), frame.subarray(at + 1 + random.below(8))])
    case 7:
      return Buffer.concat([
        frame.subarray(0, at),
        random.bytes(1 + random.below(8)),
        frame.subarray(at),
      ])
    default:
      return Buffer.concat([frame.subarray(0, at), other.subarray(random.below(other.length))])
  }
}
