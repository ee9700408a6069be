import type { DataType } from '../../plan/type.js'

/** Integer types, and how many bits each has. */
const bitsOf = { tinyint: 8, smallint: 16, int: 32, bigint: 64 } as const

export type IntegerKind = keyof typeof bitsOf

export function isInteger(type: DataType): type is DataType & { kind: IntegerKind } {
  return type.kind in bitsOf
}

export function integerBits(kind: IntegerKind): number {
  return bitsOf[kind]
}

/** A type of DuckDB in which the sum or product of two integers of the kind cannot overflow. */
export function widerName(kind: IntegerKind): string {
  return kind === 'bigint' ? 'HUGEINT' : 'BIGINT'
}

/** Its name in SQL text. */
export function integerName(kind: IntegerKind): string {
  return kind === 'int' ? 'INTEGER' : kind.toUpperCase()
}

/**
 * `sql`, an integer of the type `wider`, cut to the kind's bits in two's complement: where Flink's
 * integers overflow they wrap around, as Java's do. The product of two BIGINTs fits a HUGEINT,
 * and so do the offsets added here.
 */
export function wrapped(sql: string, kind: IntegerKind, wider = widerName(kind)): string {
  const range = 2n ** BigInt(bitsOf[kind])
  const half = `${range / 2n}::${wider}`
  return `CAST(((${sql} + ${half}) & ${range - 1n}::${wider}) - ${half} AS ${integerName(kind)})`
}
