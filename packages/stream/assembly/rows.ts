// What readers of every format do with a row.
import { Target } from './target'

/** The row has no value for the target. */
export function setNull(target: Target, row: i32): void {
  target.nulls++
  memory.fill(target.values + <usize>(row * target.width), 0, target.width)
  const at = target.valid + (<usize>row >> 3)
  store<u8>(at, load<u8>(at) & ~(<u8>1 << <u8>(row & 7)))
}
