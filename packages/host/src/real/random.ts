import { randomBytes } from 'node:crypto'
import { type Random, randomFrom } from '../random.js'

/** The operating system's chance. */
export const realRandom: Random = {
  ...randomFrom(() => randomBytes(4).readUInt32LE(0)),
  bytes: (length) => randomBytes(length),
}
