/**
 * Patterns of dates as Java has them, in two dialects: DateTimeFormatter, which refuses what does
 * not fit, and SimpleDateFormat, which lets fields run over.
 */
export type DatePatternDialect = 'formatter' | 'simple'

export type DatePatternPart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'field'; readonly letter: string; readonly count: number }

/** Why a pattern cannot be used. */
export class DatePatternError extends Error {}

/** How many letters each field takes at most, where it is written out and where it is read. */
const fields: Readonly<Record<DatePatternDialect, Readonly<Record<string, number>>>> = {
  formatter: {
    ...{ y: 9, u: 9, Y: 9, M: 5, L: 5, d: 2, D: 3, H: 2, h: 2, k: 2, K: 2, m: 2, s: 2, S: 9 },
    ...{ a: 1, E: 5, e: 5, Q: 4, w: 2, W: 1, n: 9, N: 9, A: 9, G: 3, X: 5, Z: 5, z: 3 },
  },
  simple: {
    ...{ y: 9, Y: 9, M: 9, L: 9, d: 9, D: 9, H: 9, h: 9, k: 9, K: 9, m: 9, s: 9, S: 9 },
    ...{ a: 9, E: 9, u: 9, w: 9, W: 9, F: 9, G: 9, X: 3, Z: 9, z: 9 },
  },
}

/** Fields that DateTimeFormatter cannot write of a timestamp, which has no zone. */
const zoneFields = 'XZz'
const readable = { formatter: 'yuMLdDHhKkmsSaEXZz', simple: 'yMLdDHhKkmsSaEXZz' } as const

/** @throws DatePatternError */
export function parseDatePattern(
  pattern: string,
  dialect: DatePatternDialect,
  use: 'write' | 'read',
): readonly DatePatternPart[] {
  const parts: DatePatternPart[] = []
  const tokens = pattern.matchAll(/''|'((?:[^']|'')*)'|'|([a-zA-Z])\2*|[^a-zA-Z']+/gs)
  for (const [written, quotation, letter] of tokens) {
    if (written === "'") throw new DatePatternError(`a quotation in '${pattern}' does not end`)
    if (letter !== undefined) {
      parts.push(fieldOf(letter, written.length, dialect, use))
      continue
    }
    if (dialect === 'formatter' && quotation === undefined && /[{}#[\]]/.test(written)) {
      throw new DatePatternError(`'${pattern}' holds a sign that is reserved: ${written.trim()}`)
    }
    const text = written === "''" ? "'" : (quotation?.replaceAll("''", "'") ?? written)
    parts.push({ kind: 'text', text })
  }
  return parts
}

function fieldOf(
  letter: string,
  count: number,
  dialect: DatePatternDialect,
  use: 'write' | 'read',
): DatePatternPart {
  const most = fields[dialect][letter]
  const isWritten = use === 'read' || dialect === 'simple' || !zoneFields.includes(letter)
  const isRead = use === 'write' || readable[dialect].includes(letter)
  if (most === undefined || !isWritten || !isRead) {
    throw new DatePatternError(`the letter ${letter} cannot stand in this pattern`)
  }
  if (count > most)
    throw new DatePatternError(`${letter} stands at most ${most} times in a pattern`)
  if (use === 'read' && dialect === 'simple' && letter === 'y' && count === 2) {
    throw new DatePatternError('years of two digits depend on the day that they are read on')
  }
  return { kind: 'field', letter, count }
}
