/** A regular expression of JavaScript as a tree, as far as texts can be made up from it. */

/** Code points, both ends included. */
export type CodeRange = readonly [number, number]

export type PatternNode =
  | { readonly kind: 'characters'; readonly ranges: readonly CodeRange[] }
  | {
      readonly kind: 'choice'
      readonly branches: readonly (readonly PatternNode[])[]
      readonly group?: number
    }
  | {
      readonly kind: 'repeat'
      readonly of: PatternNode
      readonly min: number
      /** Infinite where there is no limit. */
      readonly max: number
    }
  /** What a group matched, once more. */
  | { readonly kind: 'again'; readonly group: number | string }
  /** Looks around, or holds a place: a text that is made up may fail it. */
  | { readonly kind: 'nothing' }

/** Characters that people can read and type. */
const printable: readonly CodeRange[] = [[0x20, 0x7e]]
const digits: readonly CodeRange[] = [[0x30, 0x39]]
const upper: readonly CodeRange[] = [[0x41, 0x5a]]
const lower: readonly CodeRange[] = [[0x61, 0x7a]]
const letters: readonly CodeRange[] = [...lower, ...upper]
const wordCharacters: readonly CodeRange[] = [...letters, ...digits, [0x5f, 0x5f]]
const spaces: readonly CodeRange[] = [[0x20, 0x20]]

/** Undefined where the pattern has what is not understood here. */
export function readPattern(pattern: string): PatternNode | undefined {
  try {
    return new PatternReader(pattern).whole()
  } catch (cause) {
    if (cause instanceof NotUnderstood) return undefined
    throw cause
  }
}

class NotUnderstood extends Error {}

class PatternReader {
  readonly #text: readonly string[]
  #at = 0
  #groups = 0

  constructor(pattern: string) {
    this.#text = [...pattern]
  }

  whole(): PatternNode {
    const node = this.#choice()
    if (this.#at < this.#text.length) throw new NotUnderstood()
    return node
  }

  #skip(text: string): boolean {
    const found = [...text].every((letter, at) => this.#text[this.#at + at] === letter)
    if (found) this.#at += text.length
    return found
  }

  #take(): string {
    const letter = this.#text[this.#at++]
    if (letter === undefined) throw new NotUnderstood()
    return letter
  }

  /** Up to a letter, which is taken as well. */
  #until(end: string): string {
    let text = ''
    for (let letter = this.#take(); letter !== end; letter = this.#take()) text += letter
    return text
  }

  #choice(group?: number): PatternNode {
    const branches: PatternNode[][] = [[]]
    while (this.#at < this.#text.length && this.#text[this.#at] !== ')') {
      if (this.#skip('|')) branches.push([])
      else branches.at(-1)?.push(this.#repeated(this.#one()))
    }
    return { kind: 'choice', branches, ...(group !== undefined && { group }) }
  }

  #repeated(of: PatternNode): PatternNode {
    const start = this.#at
    let bounds: readonly [number, number] | undefined
    if (this.#skip('*')) bounds = [0, Number.POSITIVE_INFINITY]
    else if (this.#skip('+')) bounds = [1, Number.POSITIVE_INFINITY]
    else if (this.#skip('?')) bounds = [0, 1]
    else if (this.#skip('{')) {
      const found = /^(\d+)(,(\d*))?\}/.exec(this.#text.slice(this.#at).join(''))
      // A brace that bounds nothing stands for itself.
      if (found === null) this.#at = start
      else {
        this.#at += found[0].length
        const least = Number(found[1])
        const most = found[3] === '' ? Number.POSITIVE_INFINITY : Number(found[3])
        bounds = [least, found[2] === undefined ? least : most]
      }
    }
    if (bounds === undefined) return of
    this.#skip('?')
    return { kind: 'repeat', of, min: bounds[0], max: bounds[1] }
  }

  #one(): PatternNode {
    const letter = this.#take()
    switch (letter) {
      case '(':
        return this.#group()
      case '[':
        return { kind: 'characters', ranges: this.#class() }
      case '.':
        return { kind: 'characters', ranges: printable }
      case '^':
      case '$':
        return { kind: 'nothing' }
      case '\\':
        return this.#escaped()
      default:
        return literal(letter)
    }
  }

  #group(): PatternNode {
    if (this.#skip('?:')) return this.#closed(this.#choice())
    for (const look of ['?=', '?!', '?<=', '?<!']) {
      if (!this.#skip(look)) continue
      this.#closed(this.#choice())
      return { kind: 'nothing' }
    }
    const group = ++this.#groups
    if (this.#skip('?<')) this.#until('>')
    else if (this.#skip('?')) throw new NotUnderstood()
    return this.#closed(this.#choice(group))
  }

  #closed(node: PatternNode): PatternNode {
    if (!this.#skip(')')) throw new NotUnderstood()
    return node
  }

  #escaped(): PatternNode {
    const letter = this.#take()
    if (letter === 'b' || letter === 'B') return { kind: 'nothing' }
    if (/[1-9]/.test(letter)) return { kind: 'again', group: Number(letter) }
    if (letter === 'k') throw new NotUnderstood()
    return { kind: 'characters', ranges: this.#escape(letter) }
  }

  /** What an escape stands for, within a class and outside of one. */
  #escape(letter: string): readonly CodeRange[] {
    switch (letter) {
      case 'd':
        return digits
      case 'D':
        return without(digits)
      case 'w':
        return wordCharacters
      case 'W':
        return without(wordCharacters)
      case 's':
        return spaces
      case 'S':
        return without(spaces)
      case 'p':
      case 'P': {
        if (!this.#skip('{')) throw new NotUnderstood()
        const ranges = property(this.#until('}'))
        return letter === 'p' ? ranges : without(ranges)
      }
      case 'x':
        return one(Number.parseInt(this.#take() + this.#take(), 16))
      case 'u': {
        const digits = this.#skip('{')
          ? this.#until('}')
          : this.#take() + this.#take() + this.#take() + this.#take()
        return one(Number.parseInt(digits, 16))
      }
      default:
        return one((controls[letter] ?? letter).codePointAt(0) ?? 0)
    }
  }

  #class(): readonly CodeRange[] {
    const isNegated = this.#skip('^')
    const ranges: CodeRange[] = []
    while (!this.#skip(']')) {
      const from = this.#member()
      const only = from.length === 1 && from[0]?.[0] === from[0]?.[1] ? from[0]?.[0] : undefined
      const isRange = this.#text[this.#at] === '-' && this.#text[this.#at + 1] !== ']'
      if (only === undefined || !isRange) {
        ranges.push(...from)
        continue
      }
      this.#at++
      const to = this.#member()[0]?.[1]
      if (to === undefined || to < only) throw new NotUnderstood()
      ranges.push([only, to])
    }
    return isNegated ? without(ranges) : ranges
  }

  #member(): readonly CodeRange[] {
    const letter = this.#take()
    if (letter !== '\\') return one(letter.codePointAt(0) ?? 0)
    const escaped = this.#take()
    return escaped === 'b' ? one(8) : this.#escape(escaped)
  }
}

const controls: { readonly [letter: string]: string } = {
  ...{ n: '\n', r: '\r', t: '\t', f: '\f', v: '\v', 0: '\0' },
}

function literal(letter: string): PatternNode {
  return { kind: 'characters', ranges: one(letter.codePointAt(0) ?? 0) }
}

function one(code: number): readonly CodeRange[] {
  if (Number.isNaN(code)) throw new NotUnderstood()
  return [[code, code]]
}

/** The printable characters that are not among these. */
function without(ranges: readonly CodeRange[]): CodeRange[] {
  let rest: CodeRange[] = [...printable]
  for (const [from, to] of ranges) {
    rest = rest.flatMap(([low, high]): CodeRange[] => {
      const parts: CodeRange[] = [
        [low, Math.min(high, from - 1)],
        [Math.max(low, to + 1), high],
      ]
      return parts.filter(([a, b]) => a <= b)
    })
  }
  return rest
}

/** Unicode's properties, by characters that have them. */
function property(name: string): readonly CodeRange[] {
  const short = name.replace(/^(?:General_Category|gc|Script|sc)=/, '')
  if (/^(?:Lu|Uppercase_Letter|Uppercase)$/.test(short)) return upper
  if (/^(?:Ll|Lowercase_Letter|Lowercase)$/.test(short)) return lower
  if (/^(?:L|Letter|Alphabetic|Latin)$/.test(short)) return letters
  if (/^(?:N|Nd|Number|Decimal_Number)$/.test(short)) return digits
  if (/^(?:Z|Zs|Separator|Space_Separator|White_Space)$/.test(short)) return spaces
  throw new NotUnderstood()
}
