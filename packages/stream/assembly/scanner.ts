// JSON's grammar (RFC 8259) over bytes in memory. Whoever calls has put a 0 behind the last byte:
// no token holds one, so nothing here has to ask where the end is. Each function is given where a
// token begins and answers where it ended, or 0 for what the grammar has not.

/** What the last string held that was gone over: 0, or some of the bits below. */
export let escapes: i32 = 0
const hasEscape: i32 = 1
/** An escape that is half of a character: only both halves are one. */
export const hasSurrogate: i32 = 2

/** Objects and arrays within one another that are gone over. */
const depthMax: i32 = 100

@inline
export function skipSpace(at: usize): usize {
  while (load<u8>(at) <= 0x20 && isSpace(load<u8>(at))) at++
  return at
}

@inline
function isSpace(byte: u8): bool {
  return byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09
}

/** From behind a string's first quote to its last. */
export function skipText(at: usize): usize {
  escapes = 0
  while (true) {
    const bytes = v128.load(at)
    const special = i8x16.bitmask(
      v128.or(
        v128.or(
          i8x16.eq(bytes, i8x16.splat(0x22)),
          i8x16.eq(bytes, i8x16.splat(0x5c)),
        ),
        i8x16.lt_u(bytes, i8x16.splat(0x20)),
      ),
    )
    if (special == 0) {
      at += 16
      continue
    }
    at += ctz(special)
    const byte = load<u8>(at)
    if (byte == 0x22) return at
    if (byte != 0x5c) return 0
    const length = escapeLength(at)
    if (length == 0) return 0
    escapes |= hasEscape
    at += length
  }
}

/** Bytes of the escape that begins here; 0 where it is none of JSON's. */
function escapeLength(at: usize): usize {
  const letter = load<u8>(at, 1)
  if (letter == 0x75) {
    const code = hexadecimal(at + 2)
    if (code < 0) return 0
    if ((code & 0xf800) == 0xd800) escapes |= hasSurrogate
    return 6
  }
  switch (letter) {
    case 0x22:
    case 0x5c:
    case 0x2f:
    case 0x62:
    case 0x66:
    case 0x6e:
    case 0x72:
    case 0x74:
      return 2
    default:
      return 0
  }
}

/** Four hexadecimal digits; -1 where one of them is none. */
export function hexadecimal(at: usize): i32 {
  let code = 0
  for (let i: usize = 0; i < 4; i++) {
    const byte = <i32>load<u8>(at + i)
    let digit = byte - 0x30
    if (digit < 0) return -1
    if (digit > 9) {
      digit = (byte | 0x20) - 0x61
      if (digit < 0 || digit > 5) return -1
      digit += 10
    }
    code = (code << 4) | digit
  }
  return code
}

/** Goes over a number. */
export function skipNumber(at: usize): usize {
  if (load<u8>(at) == 0x2d) at++
  const first = at
  at = skipDigits(at)
  if (at == first) return 0
  if (load<u8>(first) == 0x30 && at > first + 1) return 0
  if (load<u8>(at) == 0x2e) {
    const start = at + 1
    at = skipDigits(start)
    if (at == start) return 0
  }
  if ((load<u8>(at) | 0x20) == 0x65) {
    const sign = load<u8>(++at)
    if (sign == 0x2b || sign == 0x2d) at++
    const start = at
    at = skipDigits(start)
    if (at == start) return 0
  }
  return at
}

@inline
function skipDigits(at: usize): usize {
  while (<u32>load<u8>(at) - 0x30 <= 9) at++
  return at
}

@inline
export function skipNull(at: usize): usize {
  return load<u32>(at) == 0x6c6c756e ? at + 4 : 0
}

@inline
export function skipTrue(at: usize): usize {
  return load<u32>(at) == 0x65757274 ? at + 4 : 0
}

@inline
export function skipFalse(at: usize): usize {
  return load<u32>(at, 1) == 0x65736c61 ? at + 5 : 0
}

/** Goes over a whole value of any kind. */
export function skipValue(at: usize, depth: i32): usize {
  const byte = load<u8>(at)
  switch (byte) {
    case 0x22: {
      const end = skipText(at + 1)
      return end == 0 ? 0 : end + 1
    }
    case 0x7b:
      return skipObject(at + 1, depth)
    case 0x5b:
      return skipArray(at + 1, depth)
    case 0x74:
      return skipTrue(at)
    case 0x66:
      return skipFalse(at)
    case 0x6e:
      return skipNull(at)
    default:
      return skipNumber(at)
  }
}

function skipObject(from: usize, depth: i32): usize {
  if (depth >= depthMax) return 0
  let at = skipSpace(from)
  if (load<u8>(at) == 0x7d) return at + 1
  while (true) {
    if (load<u8>(at) != 0x22) return 0
    at = skipText(at + 1)
    if (at == 0) return 0
    at = skipSpace(at + 1)
    if (load<u8>(at) != 0x3a) return 0
    at = skipValue(skipSpace(at + 1), depth + 1)
    if (at == 0) return 0
    at = skipSpace(at)
    const byte = load<u8>(at)
    if (byte == 0x7d) return at + 1
    if (byte != 0x2c) return 0
    at = skipSpace(at + 1)
  }
}

function skipArray(from: usize, depth: i32): usize {
  if (depth >= depthMax) return 0
  let at = skipSpace(from)
  if (load<u8>(at) == 0x5d) return at + 1
  while (true) {
    at = skipValue(at, depth + 1)
    if (at == 0) return 0
    at = skipSpace(at)
    const byte = load<u8>(at)
    if (byte == 0x5d) return at + 1
    if (byte != 0x2c) return 0
    at = skipSpace(at + 1)
  }
}
