/**
 * LZ4's block format: sequences of a token, literals, and a match that repeats bytes written
 * before. Format: lz4 project, doc/lz4_Block_format.md.
 *
 *     token        high 4 bits: literals, low 4 bits: match length - 4; 15 means that bytes follow
 *     literals     as many as said
 *     offset       2 bytes, little-endian: how far back the match begins, 1 … 65535
 *
 * A block ends with literals: the last 5 bytes always are, and no match begins in its last 12.
 */

const matchBytesMin = 4
const lastLiterals = 5
const matchStartsBeforeEnd = 12
const offsetMax = 0xffff
/** Up to this length a loop copies faster than a call. */
const loopCopyBytesMax = 24

/** What a block of `length` bytes may take at most. */
export function lz4BlockBytesMax(length: number): number {
  return length + Math.ceil(length / 255) + 16
}

/**
 * Unpacks the block in `source` from `at` to `end` into `target` from `targetAt` on; matches may
 * reach back to the start of `target`. Returns where the output ends, or -1 where the bytes are no
 * block or do not fit.
 */
export function unpackLz4Block(
  source: Buffer,
  at: number,
  end: number,
  target: Buffer,
  targetAt: number,
): number {
  const targetEnd = target.length
  let from = at
  let to = targetAt
  while (from < end) {
    const token = source[from++] as number
    let literals = token >>> 4
    if (literals === 15) {
      let more = 255
      while (more === 255 && from < end) {
        more = source[from++] as number
        literals += more
      }
    }
    if (literals > end - from || literals > targetEnd - to) return -1
    if (literals > loopCopyBytesMax) source.copy(target, to, from, from + literals)
    else for (let i = 0; i < literals; i++) target[to + i] = source[from + i] as number
    from += literals
    to += literals
    if (from === end) return to
    if (end - from < 2) return -1
    const offset = (source[from] as number) | ((source[from + 1] as number) << 8)
    from += 2
    let length = (token & 15) + matchBytesMin
    if (length === 15 + matchBytesMin) {
      let more = 255
      while (more === 255 && from < end) {
        more = source[from++] as number
        length += more
      }
    }
    if (offset === 0 || offset > to || length > targetEnd - to) return -1
    if (offset >= length && length > loopCopyBytesMax) {
      target.copyWithin(to, to - offset, to - offset + length)
    } else {
      // A match may repeat what it writes itself, so it goes byte by byte.
      for (let i = 0; i < length; i++) target[to + i] = target[to + i - offset] as number
    }
    to += length
  }
  return -1
}

const hashBits = 13
const hashShift = 32 - hashBits

/**
 * Packs `source` from `at` to `end` as one block into `target` from `targetAt` on, which must have
 * room for `lz4BlockBytesMax`. Returns where the output ends. Greedy, one candidate for each hash
 * of four bytes; steps grow where nothing matches, so what cannot be packed costs little.
 */
export function packLz4Block(
  source: Buffer,
  at: number,
  end: number,
  target: Buffer,
  targetAt: number,
): number {
  const table = new Int32Array(1 << hashBits).fill(-1)
  const matchesBefore = end - matchStartsBeforeEnd
  const matchesEnd = end - lastLiterals
  let to = targetAt
  let anchor = at
  let from = at
  let misses = 0
  while (from < matchesBefore) {
    const four = source.readInt32LE(from)
    const hash = Math.imul(four, 0x9e3779b1) >>> hashShift
    const candidate = table[hash] as number
    table[hash] = from
    if (candidate < 0 || from - candidate > offsetMax || source.readInt32LE(candidate) !== four) {
      from += 1 + (misses++ >>> 6)
      continue
    }
    misses = 0
    let length = matchBytesMin
    while (from + length < matchesEnd && source[candidate + length] === source[from + length]) {
      length++
    }
    to = writeSequence(source, anchor, from - anchor, target, to, length - matchBytesMin)
    const offset = from - candidate
    target[to++] = offset & 0xff
    target[to++] = offset >>> 8
    to = writeLength(target, to, length - matchBytesMin)
    from += length
    anchor = from
  }
  return writeSequence(source, anchor, end - anchor, target, to, 0)
}

/** A token and its literals. */
function writeSequence(
  source: Buffer,
  anchor: number,
  literals: number,
  target: Buffer,
  at: number,
  matchCode: number,
): number {
  target[at] = (Math.min(literals, 15) << 4) | Math.min(matchCode, 15)
  const to = writeLength(target, at + 1, literals)
  source.copy(target, to, anchor, anchor + literals)
  return to + literals
}

/** What of a length does not fit into the four bits of a token. */
function writeLength(target: Buffer, at: number, length: number): number {
  let to = at
  if (length < 15) return to
  let left = length - 15
  for (; left >= 255; left -= 255) target[to++] = 255
  target[to++] = left
  return to
}
