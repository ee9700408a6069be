import type { DataType } from '../plan/type.js'

/**
 * How the values of a type lie in memory: `fixed` in `width` bytes each, little-endian, or
 * `bytes` of any length in a heap. The layout is DuckDB's own, so that columns cross to it by
 * copying whole blocks:
 *
 * boolean 1 byte (0 or 1); tinyint to bigint 1 to 8 bytes; float 4, double 8; date 4 (days since
 * 1970-01-01); time and timestamps 8 (microseconds); decimal(p, s) as its unscaled integer in 2
 * bytes (p up to 4), 4 (up to 9), 8 (up to 18) or 16; text as UTF-8.
 *
 * ARRAY, MAP, MULTISET and ROW lie as JSON text: of a row an object of `f0`, `f1`, … in the order of
 * its fields; of a map or multiset an object by the texts of its keys; of an array an array; within
 * them a boolean or an integer of up to 32 bits as such, and anything else as a string, in the text
 * that DuckDB casts to and from. Equal values have equal texts once DuckDB has written them.
 */
export type Storage =
  | { readonly kind: 'fixed'; readonly width: 1 | 2 | 4 | 8 | 16 }
  | { readonly kind: 'bytes' }

const bytes: Storage = { kind: 'bytes' }

function fixed(width: 1 | 2 | 4 | 8 | 16): Storage {
  return { kind: 'fixed', width }
}

/** Throws a `TypeError` for intervals, which exist within an expression but never in a column. */
export function storageOf(type: DataType): Storage {
  switch (type.kind) {
    case 'boolean':
    case 'tinyint':
      return fixed(1)
    case 'smallint':
      return fixed(2)
    case 'int':
    case 'float':
    case 'date':
      return fixed(4)
    case 'bigint':
    case 'double':
    case 'time':
    case 'timestamp':
    case 'timestampLtz':
      return fixed(8)
    case 'decimal':
      if (type.precision <= 4) return fixed(2)
      if (type.precision <= 9) return fixed(4)
      return fixed(type.precision <= 18 ? 8 : 16)
    case 'char':
    case 'varchar':
    case 'binary':
    case 'varbinary':
      return bytes
    case 'array':
    case 'map':
    case 'multiset':
    case 'row':
      return bytes
    case 'interval':
      throw new TypeError('an interval cannot be the type of a column')
  }
}
