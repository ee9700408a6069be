// Texts that lie here and there, side by side.
import { hexadecimal } from './scanner'
import { escapedBit } from './target'

/**
 * Copies the texts of `rows` spans to `heap`, and puts where each begins, and the last ends, to
 * `ends`, counted from `heap`. Answers the bytes of all. Up to 15 bytes behind them are written.
 */
export function gather(spans: usize, rows: i32, ends: usize, heap: usize): i32 {
  let to = heap
  for (let row = 0; row < rows; row++) {
    store<u32>(ends, <u32>(to - heap))
    ends += 4
    const start = <usize>load<u32>(spans)
    const end = load<u32>(spans, 4)
    spans += 8
    if ((end & escapedBit) != 0) to = unescape(start, <usize>(end & ~escapedBit), to)
    else {
      const length = <usize>end - start
      for (let at: usize = 0; at < length; at += 16) v128.store(to + at, v128.load(start + at))
      to += length
    }
  }
  store<u32>(ends, <u32>(to - heap))
  return <i32>(to - heap)
}

/** Copies a string's text without its escapes, which are whole and no halves of characters. */
function unescape(at: usize, end: usize, to: usize): usize {
  while (at < end) {
    const byte = load<u8>(at)
    if (byte != 0x5c) {
      store<u8>(to++, byte)
      at++
      continue
    }
    const letter = load<u8>(at, 1)
    if (letter == 0x75) {
      to = putCharacter(hexadecimal(at + 2), to)
      at += 6
    } else {
      store<u8>(to++, meaningOf(letter))
      at += 2
    }
  }
  return to
}

function meaningOf(letter: u8): u8 {
  switch (letter) {
    case 0x62:
      return 0x08
    case 0x66:
      return 0x0c
    case 0x6e:
      return 0x0a
    case 0x72:
      return 0x0d
    case 0x74:
      return 0x09
    default:
      return letter
  }
}

/** A character as UTF-8. */
function putCharacter(code: i32, to: usize): usize {
  if (code < 0x80) {
    store<u8>(to, <u8>code)
    return to + 1
  }
  if (code < 0x800) {
    store<u8>(to, <u8>(0xc0 | (code >> 6)))
    store<u8>(to, <u8>(0x80 | (code & 0x3f)), 1)
    return to + 2
  }
  store<u8>(to, <u8>(0xe0 | (code >> 12)))
  store<u8>(to, <u8>(0x80 | ((code >> 6) & 0x3f)), 1)
  store<u8>(to, <u8>(0x80 | (code & 0x3f)), 2)
  return to + 3
}
