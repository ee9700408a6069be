// What the kernel knows of one wanted field. The other side of this layout is
// src/formats/kernel/layout.ts: sizes and order must be the same.

/** How the value of a field is read, and how it lies in `values`. */
export namespace Kind {
  /** Text, also of numbers and booleans: where it lies, 8 bytes a row; `gather` copies it. */
  export const text: i32 = 0
  /** Any value: where it lies, 8 bytes a row, for someone else to convert. */
  export const span: i32 = 1
  /** A whole number between `low` and `high`. */
  export const integer: i32 = 2
  /** 1 byte: 0 or 1. */
  export const boolean: i32 = 3
  export const float: i32 = 4
  export const double: i32 = 5
  /** Unscaled, as an integer below `high` without its sign; 16 bytes have the sign in the upper 8. */
  export const decimal: i32 = 6
  /** Days since 1970-01-01 in 4 bytes. */
  export const date: i32 = 7
  /** Microseconds since 1970-01-01T00:00:00Z, of which `low` are one unit. */
  export const timestamp: i32 = 8
}

/** A string that holds escapes has this bit in the end of its span. */
export const escapedBit: u32 = 0x80000000

@unmanaged
export class Target {
  kind: i32
  /** Bytes of a value. */
  width: i32
  /** Bytes of the field's name, without quotes. */
  name: usize
  nameLength: i32
  /** Memory for a value of each row. */
  values: usize
  /** A bit for each row, the lowest of a byte first: 1 where there is a value. */
  valid: usize
  /** Rows without a value, since the caller last made this 0. */
  nulls: i32
  /** Of a decimal, its digits behind the point. */
  scale: i32
  /** Of a timestamp: what stands between date and time, and whether Z has to end it. */
  separator: u8
  isInstant: bool
  low: i64
  high: i64
}

/** Bytes from one target to the next. */
export const targetBytes: usize = 64
