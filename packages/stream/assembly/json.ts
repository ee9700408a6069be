// Records that are JSON objects, into columns. What is read here is read exactly as
// `src/formats/json/decode.ts` does; anything rare ends the reading before its record, which is then
// read there.
import {
  digitCount,
  fractionDigits,
  isNegative,
  power,
  readInteger,
  readPointNumber,
  value,
} from './number'
import { setNull } from './rows'
import {
  escapes,
  hasSurrogate,
  skipFalse,
  skipNull,
  skipSpace,
  skipText,
  skipTrue,
  skipValue,
} from './scanner'
import { escapedBit, Kind, Target, targetBytes } from './target'
import { readDate, readTimestamp, time } from './time'

let targets: usize = 0
let targetCount: i32 = 0
let isMissingRefused: bool = false

/**
 * The names of the fields at each place of the last object, for those of the next are mostly the
 * same: 64 bytes a place, of which the last two are the length and the target (255 for none).
 */
let seen: usize = 0
const seenBytes: usize = 64
const seenNameMax: usize = 62
const seenPlacesMax: i32 = 64
const noTarget: i32 = 255

/** Where the targets lie, and the memory for seen names, all 0 for a reader that begins. */
export function begin(
  targetsAt: usize,
  count: i32,
  seenAt: usize,
  refuseMissing: bool,
): void {
  targets = targetsAt
  targetCount = count
  seen = seenAt
  isMissingRefused = refuseMissing
}

/**
 * Reads records into rows 0, 1, …: record i lies from starts[i] to ends[i], both with `shift` added.
 * Behind the last is room for 64 bytes. Answers how many rows were made; the record after them is not
 * for this kernel.
 */
export function decode(shift: i32, starts: usize, ends: usize, count: i32): i32 {
  for (let row = 0; row < count; row++) {
    const offset = <usize>row << 2
    const start = <usize>(<i32>load<u32>(starts + offset) + shift)
    const end = <usize>(<i32>load<u32>(ends + offset) + shift)
    const behind = load<u8>(end)
    store<u8>(end, 0)
    const isRead = readRecord(start, end, row)
    store<u8>(end, behind)
    if (!isRead) return row
  }
  return count
}

function readRecord(start: usize, end: usize, row: i32): bool {
  let at = skipSpace(start)
  if (load<u8>(at) != 0x7b) return false
  at = skipSpace(at + 1)
  let found: u64 = 0
  let nulls: u64 = 0
  if (load<u8>(at) == 0x7d) at++
  else {
    let place = seen
    const lastPlace = seen + seenBytes * (seenPlacesMax - 1)
    while (true) {
      if (load<u8>(at) != 0x22) return false
      const length = <usize>load<u8>(place, seenNameMax)
      let index = <i32>load<u8>(place, seenNameMax + 1)
      if (length > 0 && isSame(at, place, length)) at += length
      else {
        at = readName(at, place)
        if (at == 0) return false
        index = named
      }
      if (place < lastPlace) place += seenBytes
      at = skipSpace(at)
      if (index == noTarget) at = skipValue(at, 0)
      else {
        const bit = (<u64>1) << index
        // Of a name given twice the last counts: that is for others.
        if ((found & bit) != 0) return false
        found |= bit
        if (load<u8>(at) == 0x6e) {
          nulls |= bit
          at = skipNull(at)
        } else at = readValue(changetype<Target>(targets + <usize>index * targetBytes), at, row)
      }
      if (at == 0) return false
      at = skipSpace(at)
      const byte = load<u8>(at)
      at++
      if (byte == 0x7d) break
      if (byte != 0x2c) return false
      at = skipSpace(at)
    }
  }
  if (skipSpace(at) != end) return false
  const missing = ~found & (targetCount == 64 ? ~(<u64>0) : ((<u64>1) << targetCount) - 1)
  if (missing != 0 && isMissingRefused) return false
  nulls |= missing
  while (nulls != 0) {
    const index = <usize>ctz(nulls)
    setNull(changetype<Target>(targets + index * targetBytes), row)
    nulls &= nulls - 1
  }
  return true
}

/** Whether these bytes are the same. Up to 15 behind them are read. */
@inline
function isSame(left: usize, right: usize, length: usize): bool {
  for (let at: usize = 0; at < length; at += 16) {
    const others = ~i8x16.bitmask(i8x16.eq(v128.load(left + at), v128.load(right + at)))
    const counted = length - at >= 16 ? 0xffff : (1 << <i32>(length - at)) - 1
    if ((others & counted) != 0) return false
  }
  return true
}

/** The target of the name that was read last. */
let named: i32 = 0

/** Goes over a name and its colon, and remembers it at its place. */
function readName(start: usize, place: usize): usize {
  const last = skipText(start + 1)
  if (last == 0 || escapes != 0) return 0
  let at = skipSpace(last + 1)
  if (load<u8>(at) != 0x3a) return 0
  at++
  named = targetOf(start + 1, last)
  const length = at - start
  if (length <= seenNameMax) {
    memory.copy(place, start, length)
    store<u8>(place, <u8>length, seenNameMax)
    store<u8>(place, <u8>named, seenNameMax + 1)
  }
  return at
}

function targetOf(start: usize, end: usize): i32 {
  for (let index = 0; index < targetCount; index++) {
    const target = changetype<Target>(targets + <usize>index * targetBytes)
    if (<usize>target.nameLength == end - start && isSame(start, target.name, end - start)) {
      return index
    }
  }
  return noTarget
}

/** Reads a value that is not null into its row; answers where it ended, or 0. */
function readValue(target: Target, at: usize, row: i32): usize {
  const slot = target.values + <usize>(row * target.width)
  switch (target.kind) {
    case Kind.text:
      return readText(at, slot)
    case Kind.span:
      return readSpan(at, slot)
    case Kind.integer: {
      const isQuoted = load<u8>(at) == 0x22
      at = readInteger(isQuoted ? at + 1 : at, isQuoted)
      if (at == 0 || value < target.low || value > target.high) return 0
      putInteger(slot, target.width, value)
      return afterNumber(at, isQuoted)
    }
    case Kind.boolean: {
      const isTrue = load<u8>(at) == 0x74
      store<u8>(slot, isTrue ? 1 : 0)
      return isTrue ? skipTrue(at) : load<u8>(at) == 0x66 ? skipFalse(at) : 0
    }
    case Kind.float:
    case Kind.double: {
      const isQuoted = load<u8>(at) == 0x22
      at = readPointNumber(isQuoted ? at + 1 : at, isQuoted)
      // Both are exact then, so that their quotient is the nearest (Clinger, 1990).
      if (at == 0 || digitCount > 15) return 0
      const size = <f64>value / <f64>power(fractionDigits)
      const number = isNegative ? -size : size
      if (target.kind == Kind.float) store<f32>(slot, <f32>number)
      else store<f64>(slot, number)
      return afterNumber(at, isQuoted)
    }
    case Kind.decimal: {
      const isQuoted = load<u8>(at) == 0x22
      at = readPointNumber(isQuoted ? at + 1 : at, isQuoted)
      if (at == 0) return 0
      const size = scaled(target.scale)
      if (size < 0 || size > target.high) return 0
      putInteger(slot, target.width, isNegative ? -size : size)
      return afterNumber(at, isQuoted)
    }
    case Kind.date: {
      if (load<u8>(at) != 0x22) return 0
      at = readDate(at + 1)
      store<i32>(slot, <i32>time)
      return at != 0 && load<u8>(at) == 0x22 ? at + 1 : 0
    }
    case Kind.timestamp: {
      if (load<u8>(at) != 0x22) return 0
      at = readTimestamp(at + 1, target.separator)
      if (at == 0) return 0
      if (target.isInstant && load<u8>(at++) != 0x5a) return 0
      if (load<u8>(at) != 0x22) return 0
      const unit = target.low
      store<i64>(slot, unit == 1 ? time : floor(time, unit))
      return at + 1
    }
    default:
      return 0
  }
}

/** What is no text is taken as it is written; of objects and arrays others make a text. */
@inline
function readText(at: usize, slot: usize): usize {
  const byte = load<u8>(at)
  if (byte == 0x22) {
    const end = skipText(at + 1)
    if (end == 0 || (escapes & hasSurrogate) != 0) return 0
    store<u32>(slot, <u32>at + 1)
    store<u32>(slot, escapes == 0 ? <u32>end : <u32>end | escapedBit, 4)
    return end + 1
  }
  if (byte == 0x7b || byte == 0x5b) return 0
  const end = skipValue(at, 0)
  store<u32>(slot, <u32>at)
  store<u32>(slot, <u32>end, 4)
  return end
}

function readSpan(at: usize, slot: usize): usize {
  const isText = load<u8>(at) == 0x22
  const end = skipValue(at, 0)
  store<u32>(slot, <u32>at)
  store<u32>(slot, isText && escapes != 0 ? <u32>end | escapedBit : <u32>end, 4)
  return end
}

/** Where what follows a number begins: its quote, or what may not go on with it. */
@inline
function afterNumber(at: usize, isQuoted: bool): usize {
  const byte = load<u8>(at)
  if (isQuoted) return byte == 0x22 ? at + 1 : 0
  return byte == 0x2c || byte == 0x7d || byte <= 0x20 ? at : 0
}

/** The number that was read last with so many digits behind the point, rounded half up; -1 for what is too long. */
function scaled(scale: i32): i64 {
  const shift = scale - fractionDigits
  if (shift >= 0) return digitCount + shift > 18 ? -1 : value * power(shift)
  const unit = power(-shift)
  return (value + unit / 2) / unit
}

@inline
function putInteger(slot: usize, width: i32, integer: i64): void {
  if (width == 8) store<i64>(slot, integer)
  else if (width == 4) store<i32>(slot, <i32>integer)
  else if (width == 2) store<i16>(slot, <i16>integer)
  else if (width == 1) store<i8>(slot, <i8>integer)
  else {
    store<i64>(slot, integer)
    store<i64>(slot, integer >> 63, 8)
  }
}

function floor(micros: i64, unit: i64): i64 {
  const rest = micros % unit
  return micros - (rest < 0 ? rest + unit : rest)
}
