import type { Assignor } from './assignor.js'
import { rangeAssignor } from './range.js'
import { uniformAssignor } from './uniform.js'

/** Those that members may ask for; the first one where they do not. */
export const assignors: readonly [Assignor, ...Assignor[]] = [uniformAssignor, rangeAssignor]

export function assignorNamed(name: string): Assignor | undefined {
  return assignors.find((each) => each.name === name)
}
