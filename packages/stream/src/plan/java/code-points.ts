/**
 * Sets of characters, and those that Java (17) has names for (`java.util.regex.Pattern`, without
 * UNICODE_CHARACTER_CLASS).
 */

/** A set of characters: pairs of code points, both ends included, in order. */
export type Ranges = readonly (readonly [number, number])[]

export const lineEnds: Ranges = [
  [0x0a, 0x0a],
  [0x0d, 0x0d],
  [0x85, 0x85],
  [0x2028, 0x2029],
]
const digits: Ranges = [[0x30, 0x39]]
const upper: Ranges = [[0x41, 0x5a]]
const lower: Ranges = [[0x61, 0x7a]]
const letters: Ranges = [...upper, ...lower]
const word: Ranges = [...digits, ...upper, [0x5f, 0x5f], ...lower]
const space: Ranges = [
  [0x09, 0x0d],
  [0x20, 0x20],
]
const punctuation: Ranges = [
  [0x21, 0x2f],
  [0x3a, 0x40],
  [0x5b, 0x60],
  [0x7b, 0x7e],
]
const horizontal: Ranges = [
  [0x09, 0x09],
  [0x20, 0x20],
  [0xa0, 0xa0],
  [0x1680, 0x1680],
  [0x180e, 0x180e],
  [0x2000, 0x200a],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
]
export const vertical: Ranges = [
  [0x0a, 0x0d],
  [0x85, 0x85],
  [0x2028, 0x2029],
]

export const classEscapes = new Map<string, Ranges>([
  ['d', digits],
  ['w', word],
  ['s', space],
  ['h', horizontal],
  ['v', vertical],
])

export const namedClasses = new Map<string, Ranges>([
  ['Lower', lower],
  ['Upper', upper],
  ['Alpha', letters],
  ['Digit', digits],
  ['Alnum', [...digits, ...letters]],
  ['Punct', punctuation],
  ['Graph', [[0x21, 0x7e]]],
  ['Print', [[0x20, 0x7e]]],
  [
    'Blank',
    [
      [0x09, 0x09],
      [0x20, 0x20],
    ],
  ],
  [
    'Cntrl',
    [
      [0x00, 0x1f],
      [0x7f, 0x7f],
    ],
  ],
  ['XDigit', [...digits, [0x41, 0x46], [0x61, 0x66]]],
  ['Space', space],
  ['ASCII', [[0x00, 0x7f]]],
])

/** The last code point of Unicode. */
export const lastCodePoint = 0x10ffff

/** The same set, and of each ASCII letter in it the other case. */
export function bothCases(ranges: Ranges): Ranges {
  const others = ranges.flatMap(([from, to]) =>
    (
      [
        [0x41, 0x5a, 0x20],
        [0x61, 0x7a, -0x20],
      ] as const
    ).flatMap(([first, last, distance]) => {
      const [low, high] = [Math.max(from, first), Math.min(to, last)]
      return low <= high ? [[low + distance, high + distance] as const] : []
    }),
  )
  return [...ranges, ...others]
}

/** In order, and none touching another. */
export function sorted(ranges: Ranges): Ranges {
  const whole: [number, number][] = []
  for (const [from, to] of [...ranges].sort((left, right) => left[0] - right[0])) {
    const last = whole.at(-1)
    if (last !== undefined && from <= last[1] + 1) last[1] = Math.max(last[1], to)
    else whole.push([from, to])
  }
  return whole
}

export function complement(ranges: Ranges): Ranges {
  const outside: [number, number][] = []
  let start = 0
  for (const [from, to] of sorted(ranges)) {
    if (from > start) outside.push([start, from - 1])
    start = to + 1
  }
  if (start <= lastCodePoint) outside.push([start, lastCodePoint])
  return outside
}
