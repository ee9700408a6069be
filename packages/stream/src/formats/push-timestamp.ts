import type { FixedColumn } from '../state/column.js'

/** Of microseconds that a number does not hold exactly (after 2255) the milliseconds are meant. */
export function pushTimestamp(column: FixedColumn, micros: number): void {
  if (Number.isSafeInteger(micros)) column.pushSafeInteger(micros)
  else column.pushInt64(BigInt(Math.round(micros / 1000)) * 1000n)
}
