import { randomBytes, randomFillSync } from 'node:crypto'
import { type Random, randomFrom } from '../random.js'

/** A call for each number would cost a hundred times what the number does. */
const drawnAtOnce = new Uint32Array(1024)
let used = drawnAtOnce.length

/** The operating system's chance. */
export const realRandom: Random = {
  ...randomFrom(() => {
    if (used === drawnAtOnce.length) {
      randomFillSync(drawnAtOnce)
      used = 0
    }
    return drawnAtOnce[used++] as number
  }),
  bytes: (length) => randomBytes(length),
}
