// Records of Avro's binary encoding, into columns: the writer's schema is a list of steps, one a
// field. What is read here is read exactly as `src/formats/avro/` does; the first record that is
// anything else ends the reading, and is read there.
import { escapedBit, Kind, Target, targetBytes } from './target'
import { setNull } from './rows'

/** How a field lies in a record. */
namespace Step {
  /** A byte. */
  export const boolean: i32 = 0
  /** A zigzag integer of variable length. */
  export const varint: i32 = 1
  export const float: i32 = 2
  export const double: i32 = 3
  /** A length, then so many bytes. */
  export const bytes: i32 = 4
}

/** Bytes from one step to the next: its kind, the branch that is null (255: it is no union), its target (255: none). */
const stepBytes: usize = 4
const none: u8 = 255

/** Numbers up to here JavaScript holds exactly. */
const safeMax: i64 = 9_007_199_254_740_991

let steps: usize = 0
let stepCount: i32 = 0
let targets: usize = 0
let allTargets: u64 = 0

export function beginAvro(
  targetsAt: usize,
  targetCount: i32,
  stepsAt: usize,
  count: i32,
): void {
  targets = targetsAt
  allTargets = targetCount == 64 ? ~(<u64>0) : ((<u64>1) << targetCount) - 1
  steps = stepsAt
  stepCount = count
}

/** As `decode` of JSON. */
export function decodeAvro(shift: i32, starts: usize, ends: usize, count: i32): i32 {
  for (let row = 0; row < count; row++) {
    const offset = <usize>row << 2
    const start = <usize>(<i32>load<u32>(starts + offset) + shift)
    const end = <usize>(<i32>load<u32>(ends + offset) + shift)
    if (!readRecord(start, end, row)) return row
  }
  return count
}

function readRecord(start: usize, end: usize, row: i32): bool {
  let at = start
  let found: u64 = 0
  let step = steps
  for (let i = 0; i < stepCount; i++) {
    const nullBranch = load<u8>(step, 1)
    const index = load<u8>(step, 2)
    const kind = <i32>load<u8>(step)
    step += stepBytes
    if (nullBranch != none) {
      // Zigzag of 0 and 1.
      const branch = load<u8>(at)
      if (branch != 0 && branch != 2) return false
      at++
      if (branch >> 1 == nullBranch) continue
    }
    if (index == none) {
      at = skip(kind, at, end)
    } else {
      found |= (<u64>1) << index
      const target = changetype<Target>(targets + <usize>index * targetBytes)
      at = readValue(kind, target, at, end, row)
    }
    if (at == 0 || at > end) return false
  }
  if (at > end) return false
  let nulls = allTargets & ~found
  while (nulls != 0) {
    const index = <usize>ctz(nulls)
    setNull(changetype<Target>(targets + index * targetBytes), row)
    nulls &= nulls - 1
  }
  return true
}

/** What was read last. */
let value: i64 = 0

/** A zigzag integer of up to ten bytes, into `value`; answers where it ended, or 0. */
// @ts-ignore: decorator
@inline
function readVarint(at: usize): usize {
  let raw = <u64>load<u8>(at++)
  if (raw >= 0x80) {
    raw &= 0x7f
    for (let shift: u64 = 7; ; shift += 7) {
      if (shift > 63) return 0
      const byte = <u64>load<u8>(at++)
      raw |= (byte & 0x7f) << shift
      if (byte < 0x80) break
    }
  }
  value = <i64>(raw >> 1) ^ -(<i64>(raw & 1))
  return at
}

/** A length that lies within the record, into `value`. */
// @ts-ignore: decorator
@inline
function readLength(from: usize, end: usize): usize {
  const at = readVarint(from)
  if (at == 0 || at > end || value < 0 || value > <i64>(end - at)) return 0
  return at
}

function skip(kind: i32, at: usize, end: usize): usize {
  switch (kind) {
    case Step.boolean:
      return at + 1
    case Step.varint:
      return readVarint(at)
    case Step.float:
      return at + 4
    case Step.double:
      return at + 8
    default: {
      at = readLength(at, end)
      return at == 0 ? 0 : at + <usize>value
    }
  }
}

function readValue(kind: i32, target: Target, at: usize, end: usize, row: i32): usize {
  const slot = target.values + <usize>(row * target.width)
  switch (kind) {
    case Step.boolean:
      store<u8>(slot, load<u8>(at) == 1 ? 1 : 0)
      return at + 1
    case Step.varint: {
      at = readVarint(at)
      if (at == 0) return 0
      if (target.kind == Kind.timestamp) {
        // So many microseconds are one unit.
        const unit = target.low
        if (value > safeMax / unit || value < -safeMax / unit) return 0
        store<i64>(slot, value * unit)
      } else if (target.width == 8) store<i64>(slot, value)
      else if (target.width == 4) store<i32>(slot, <i32>value)
      else if (target.width == 2) store<i16>(slot, <i16>value)
      else store<i8>(slot, <i8>value)
      return at
    }
    case Step.float: {
      const number = load<f32>(at)
      if (target.width == 8) store<f64>(slot, <f64>number)
      else store<f32>(slot, number)
      return at + 4
    }
    case Step.double:
      store<f64>(slot, load<f64>(at))
      return at + 8
    default: {
      at = readLength(at, end)
      if (at == 0) return 0
      const last = at + <usize>value
      store<u32>(slot, <u32>at)
      store<u32>(slot, <u32>last & ~escapedBit, 4)
      return last
    }
  }
}
