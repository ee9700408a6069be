/** The latest time at or before one, given in microseconds, that lies on the grid: a timestamp. */
export function alignedSql(micros: string, everyMs: number, offsetMs: number): string {
  const size = `${BigInt(everyMs) * 1000n}::BIGINT`
  const offset = `${BigInt(offsetMs) * 1000n}::BIGINT`
  return `make_timestamp(${micros} - (((${micros} - ${offset}) % ${size}) + ${size}) % ${size})`
}
