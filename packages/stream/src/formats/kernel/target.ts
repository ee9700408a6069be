import type { DataType } from '../../plan/type.js'
import { isNested } from '../../plan/type-family.js'
import { storageOf } from '../../state/storage.js'
import type { TimestampStandard } from '../time-text.js'

/**
 * How the kernel reads a field: `Kind` in `assembly/target.ts`. A `span` is left to JavaScript, which
 * is told where the value lies.
 */
export const targetKind = {
  text: 0,
  span: 1,
  integer: 2,
  boolean: 3,
  float: 4,
  double: 5,
  decimal: 6,
  date: 7,
  timestamp: 8,
} as const

/** What `Target` in `assembly/target.ts` says of a field's type. */
export interface TargetType {
  readonly kind: (typeof targetKind)[keyof typeof targetKind]
  /** Bytes of a value, or of where it lies. */
  readonly width: number
  readonly low?: bigint
  readonly high?: bigint
  readonly scale?: number
  readonly isInstant?: boolean
  readonly separator?: number
}

/** Two positions of 32 bits. */
const spanBytes = 8

export function targetTypeOf(type: DataType, standard: TimestampStandard): TargetType {
  const span = { kind: targetKind.span, width: spanBytes }
  if (isNested(type)) return span
  const storage = storageOf(type)
  const width = storage.kind === 'fixed' ? storage.width : spanBytes
  switch (type.kind) {
    case 'char':
    case 'varchar':
      return { kind: targetKind.text, width }
    case 'tinyint':
    case 'smallint':
    case 'int':
    case 'bigint': {
      const limit = 1n << BigInt(width * 8 - 1)
      return { kind: targetKind.integer, width, low: -limit, high: limit - 1n }
    }
    case 'boolean':
    case 'float':
    case 'double':
    case 'date':
      return { kind: targetKind[type.kind], width }
    case 'decimal': {
      // What the kernel reads has 18 digits at most, whatever the column may hold.
      const high = 10n ** BigInt(Math.min(type.precision, 18)) - 1n
      return { kind: targetKind.decimal, width, high, scale: type.scale }
    }
    case 'timestamp':
    case 'timestampLtz':
      return {
        kind: targetKind.timestamp,
        width,
        low: 10n ** BigInt(Math.max(6 - type.precision, 0)),
        isInstant: type.kind === 'timestampLtz',
        separator: (standard === 'SQL' ? ' ' : 'T').charCodeAt(0),
      }
    default:
      return span
  }
}
