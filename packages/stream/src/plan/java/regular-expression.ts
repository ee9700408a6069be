import {
  bothCases,
  classEscapes,
  complement,
  lastCodePoint,
  lineEnds,
  namedClasses,
  type Ranges,
  sorted,
  vertical,
} from './code-points.js'

/**
 * Java's regular expressions in other engines' words: each construct is spelled out so that it
 * matches exactly what it matches in Java (17), or the whole pattern is not translated.
 *
 * RE2 (in DuckDB) is the faster, and has no look-around and no references to groups; JavaScript has
 * both. Neither has possessive quantifiers, atomic groups or intersections of classes.
 */
export type Translation =
  | {
      readonly kind: 'translated'
      readonly source: string
      readonly groups: number
      /** A group lies in what may come again: JavaScript forgets it then, Java does not. */
      readonly forgets: boolean
    }
  /** Java refuses it too: it is no regular expression. */
  | { readonly kind: 'invalid' }
  /** Java knows it, the other engine does not. */
  | { readonly kind: 'unsupported'; readonly what: string }

export type RegularExpressionEngine = 'javascript' | 're2'

export function translateRegularExpression(
  pattern: string,
  engine: RegularExpressionEngine,
): Translation {
  try {
    const translator = new Translator(pattern, engine)
    const source = translator.whole()
    return { kind: 'translated', source, groups: translator.groups, forgets: translator.forgets }
  } catch (error) {
    if (error instanceof Invalid) return { kind: 'invalid' }
    if (error instanceof Unsupported) return { kind: 'unsupported', what: error.message }
    throw error
  }
}

class Invalid extends Error {}
class Unsupported extends Error {}

interface Flags {
  /** Of ASCII letters only, as Java's `i` is. */
  readonly ignoreCase: boolean
  readonly dotAll: boolean
  readonly multiline: boolean
}

const controlEscapes = new Map([
  ['t', 0x09],
  ['n', 0x0a],
  ['r', 0x0d],
  ['f', 0x0c],
  ['a', 0x07],
  ['e', 0x1b],
])

class Translator {
  groups = 0
  forgets = false
  private at = 0
  private readonly names = new Set<string>()
  private readonly characters: readonly string[]
  private readonly engine: RegularExpressionEngine
  private readonly references: number[] = []

  constructor(pattern: string, engine: RegularExpressionEngine) {
    this.characters = [...pattern]
    this.engine = engine
  }

  whole(): string {
    const source = this.alternatives({ ignoreCase: false, dotAll: false, multiline: false })
    if (this.at < this.characters.length) throw new Invalid()
    for (const reference of this.references) {
      if (reference > this.groups) throw new Unsupported(`\\${reference} without such a group`)
    }
    return source
  }

  private get next(): string | undefined {
    return this.characters[this.at]
  }

  private accept(text: string): boolean {
    const length = [...text].length
    if (this.characters.slice(this.at, this.at + length).join('') !== text) return false
    this.at += length
    return true
  }

  private take(): string {
    const { next } = this
    if (next === undefined) throw new Invalid()
    this.at++
    return next
  }

  /** Up to the parenthesis that ends the group, or the end. */
  private alternatives(flags: Flags): string {
    const parts: string[] = []
    let now = flags
    for (;;) {
      const { next } = this
      if (next === undefined || next === ')') return parts.join('')
      if (next === '|') {
        this.at++
        parts.push('|')
        continue
      }
      const changed = this.inlineFlags(now)
      if (changed !== undefined) {
        now = changed
        continue
      }
      parts.push(this.quantified(now))
    }
  }

  /** `(?i)`: what it says holds to the end of the group. */
  private inlineFlags(flags: Flags): Flags | undefined {
    const found = /^\(\?([a-zA-Z]*)(?:-([a-zA-Z]+))?\)/.exec(this.rest())
    if (found === null) return undefined
    this.at += found[0].length
    return withFlags(flags, found[1] ?? '', found[2] ?? '')
  }

  private rest(): string {
    return this.characters.slice(this.at, this.at + 200).join('')
  }

  private quantified(flags: Flags): string {
    const before = this.groups + (this.next === '(' && this.characters[this.at + 1] !== '?' ? 1 : 0)
    const { source, repeatable } = this.atom(flags)
    const quantifier = this.quantifier()
    if (quantifier === '') return source
    if (this.groups > before && !/^\?/.test(quantifier)) this.forgets = true
    if (!repeatable) throw new Unsupported('a quantifier after an assertion')
    return source + quantifier
  }

  private quantifier(): string {
    const { next } = this
    let quantifier = ''
    if (next === '*' || next === '+' || next === '?') quantifier = this.take()
    else if (next === '{') {
      const found = /^\{(\d+)(,(\d*))?\}/.exec(this.rest())
      if (found === null) throw new Invalid()
      const [written, least = '', , most = ''] = found
      if (most !== '' && Number(most) < Number(least)) throw new Invalid()
      if (this.engine === 're2' && Math.max(Number(least), Number(most)) > re2RepeatMax) {
        throw new Unsupported(`${written} beyond ${re2RepeatMax}`)
      }
      this.at += written.length
      quantifier = written
    } else return ''
    if (this.accept('+')) throw new Unsupported(`the possessive quantifier ${quantifier}+`)
    if (this.accept('?')) quantifier += '?'
    if (this.next === '*' || this.next === '?' || this.next === '{') throw new Invalid()
    return quantifier
  }

  private atom(flags: Flags): { source: string; repeatable: boolean } {
    const character = this.take()
    switch (character) {
      case '(':
        return this.group(flags)
      case '[':
        return { source: this.set(this.characterClass(flags)), repeatable: true }
      case '.':
        return {
          source: this.set(flags.dotAll ? [[0, lastCodePoint]] : complement(lineEnds)),
          repeatable: true,
        }
      case '^':
        return { source: flags.multiline ? this.lineStart() : '^', repeatable: false }
      case '$':
        return { source: flags.multiline ? this.lineEnd() : this.nearEnd(), repeatable: false }
      case '*':
      case '+':
      case '?':
        throw new Invalid()
      case '{':
        throw new Invalid()
      case '\\':
        return this.escape(flags)
      default:
        return { source: this.literal(character, flags), repeatable: true }
    }
  }

  private group(flags: Flags): { source: string; repeatable: boolean } {
    let open = '('
    let inner = flags
    let repeatable = true
    if (this.accept('?')) {
      const special =
        /^(:|=|!|<=|<!|>|<([a-zA-Z][a-zA-Z0-9]*)>|([a-zA-Z]*)(?:-([a-zA-Z]+))?:)/.exec(this.rest())
      if (special === null) throw new Invalid()
      const [written, kind = '', name, on, off] = special
      this.at += written.length
      if (kind === '>') throw new Unsupported('the atomic group (?>…)')
      if (name !== undefined) {
        if (this.names.has(name)) throw new Invalid()
        this.names.add(name)
        this.groups++
        open = this.engine === 're2' ? `(?P<${name}>` : `(?<${name}>`
      } else if (['=', '!', '<=', '<!'].includes(kind)) {
        if (this.engine === 're2') throw new Unsupported('look-around')
        open = `(?${kind}`
        repeatable = false
      } else {
        open = '(?:'
        if (kind !== ':') inner = withFlags(flags, on ?? '', off ?? '')
      }
    } else this.groups++
    const body = this.alternatives(inner)
    if (!this.accept(')')) throw new Invalid()
    return { source: `${open}${body})`, repeatable }
  }

  private escape(flags: Flags): { source: string; repeatable: boolean } {
    const character = this.take()
    const set = this.escapedSet(character)
    if (set !== undefined) return { source: set, repeatable: true }
    switch (character) {
      case 'b':
      case 'B':
        return { source: this.boundary(character === 'B'), repeatable: false }
      case 'A':
        return { source: '^', repeatable: false }
      case 'z':
        return { source: this.engine === 're2' ? '\\z' : '$', repeatable: false }
      case 'Z':
        return { source: this.nearEnd(), repeatable: false }
      case 'R':
        return { source: `(?:\\r\\n|${this.set(vertical)})`, repeatable: true }
      case 'Q':
        return { source: `(?:${this.quotation(flags)})`, repeatable: true }
      case 'k': {
        const found = /^<([a-zA-Z][a-zA-Z0-9]*)>/.exec(this.rest())
        if (found?.[1] === undefined || !this.names.has(found[1])) throw new Invalid()
        if (this.engine === 're2') throw new Unsupported('a reference to a group')
        if (flags.ignoreCase) throw new Unsupported('a reference to a group that ignores case')
        this.at += found[0].length
        return { source: `\\k<${found[1]}>`, repeatable: true }
      }
      default: {
        if (/[1-9]/.test(character)) return this.reference(character, flags)
        return { source: this.literal(this.escapedCharacter(character), flags), repeatable: true }
      }
    }
  }

  /** As many digits belong to it as there are groups before it. */
  private reference(first: string, flags: Flags): { source: string; repeatable: boolean } {
    if (this.engine === 're2') throw new Unsupported('a reference to a group')
    if (flags.ignoreCase) throw new Unsupported('a reference to a group that ignores case')
    let number = Number(first)
    while (this.next !== undefined && /\d/.test(this.next)) {
      const longer = number * 10 + Number(this.next)
      if (longer > this.groups) break
      number = longer
      this.at++
    }
    this.references.push(number)
    return { source: `(?:\\${number})`, repeatable: true }
  }

  /** `\d`, `\P{Lower}`, `\p{L}`: the class, as it stands in the other engine; undefined for others. */
  private escapedSet(character: string): string | undefined {
    const ranges = this.escapedRanges(character)
    if (ranges !== undefined) return this.set(ranges)
    if (character !== 'p' && character !== 'P') return undefined
    return this.property(character)
  }

  private escapedRanges(character: string): Ranges | undefined {
    const lowered = character.toLowerCase()
    const ranges = classEscapes.get(lowered)
    if (ranges !== undefined) return lowered === character ? ranges : complement(ranges)
    if (lowered !== 'p') return undefined
    const found = /^\{(\w+)\}/.exec(this.rest())
    const named = found?.[1] === undefined ? undefined : namedClasses.get(found[1])
    if (found === null || named === undefined) return undefined
    this.at += found[0].length
    return character === 'p' ? named : complement(named)
  }

  /** A general category of Unicode. */
  private property(character: string): string {
    const found = /^(?:\{(?:Is)?([A-Z][a-z]?)\}|([A-Z]))/.exec(this.rest())
    const name = found?.[1] ?? found?.[2]
    if (found === null || name === undefined || !generalCategories.has(name)) {
      throw new Unsupported(`the class \\${character}${/^\{[^}]*\}?/.exec(this.rest())?.[0] ?? ''}`)
    }
    this.at += found[0].length
    return `\\${character}{${name}}`
  }

  private escapedCharacter(character: string): string {
    const control = controlEscapes.get(character)
    if (control !== undefined) return String.fromCodePoint(control)
    switch (character) {
      case '0': {
        const found = /^([0-3]?[0-7]{1,2})/.exec(this.rest())
        if (found === null) throw new Invalid()
        return this.coded(found[0], found[0], 8)
      }
      case 'x': {
        const found = /^(?:([0-9a-fA-F]{2})|\{([0-9a-fA-F]{1,6})\})/.exec(this.rest())
        if (found === null) throw new Invalid()
        return this.coded(found[0], found[1] ?? found[2] ?? '', 16)
      }
      case 'u': {
        const found = /^([0-9a-fA-F]{4})/.exec(this.rest())
        if (found === null) throw new Invalid()
        return this.coded(found[0], found[0], 16)
      }
      case 'c':
        return String.fromCodePoint((this.take().codePointAt(0) ?? 0) ^ 64)
      case 'N':
      case 'X':
      case 'G':
        throw new Unsupported(`\\${character}`)
      default:
        // A letter that means nothing is an error in Java.
        if (/[a-zA-Z]/.test(character)) throw new Invalid()
        return character
    }
  }

  private coded(written: string, number: string, base: number): string {
    const code = Number.parseInt(number, base)
    if (code > lastCodePoint) throw new Invalid()
    if (code >= 0xd800 && code <= 0xdfff) throw new Unsupported('half a surrogate pair')
    this.at += written.length
    return String.fromCodePoint(code)
  }

  /** `\Q…\E`: as it stands. */
  private quotation(flags: Flags): string {
    const parts: string[] = []
    while (this.next !== undefined && !this.accept('\\E')) {
      parts.push(this.literal(this.take(), flags))
    }
    return parts.join('')
  }

  private literal(character: string, flags: Flags): string {
    const code = character.codePointAt(0) ?? 0
    if (flags.ignoreCase && isLetter(code)) return this.set(bothCases([[code, code]]))
    return this.codePoint(code)
  }

  /** Between the brackets, of which the first has been taken. */
  private characterClass(flags: Flags): Ranges {
    const negated = this.accept('^')
    const ranges: (readonly [number, number])[] = []
    for (let first = true; ; first = false) {
      const character = this.take()
      if (character === ']' && !first) break
      if (character === ']') throw new Unsupported('a class that begins with ]')
      if (character === '[') throw new Unsupported('a class within a class')
      if (character === '&' && this.next === '&')
        throw new Unsupported('an intersection of classes')
      const set = character === '\\' ? this.classEscape() : undefined
      if (typeof set === 'object') {
        ranges.push(...set)
        continue
      }
      const from = set ?? character.codePointAt(0) ?? 0
      let to = from
      if (this.next === '-' && this.characters[this.at + 1] !== ']') {
        this.at++
        const end = this.take()
        if (end === '[') throw new Unsupported('a class within a class')
        const ending = end === '\\' ? this.classEscape() : (end.codePointAt(0) ?? 0)
        if (typeof ending === 'object') throw new Invalid()
        to = ending
        if (to < from) throw new Invalid()
      }
      ranges.push([from, to])
    }
    const whole = flags.ignoreCase ? bothCases(ranges) : ranges
    return negated ? complement(whole) : whole
  }

  /** After a backslash in a class: a set, or one code point. */
  private classEscape(): Ranges | number {
    const character = this.take()
    const ranges = this.escapedRanges(character)
    if (ranges !== undefined) return ranges
    if (character === 'p' || character === 'P') throw new Unsupported('\\p within a class')
    if (character === 'Q' || character === 'E') throw new Unsupported('\\Q within a class')
    if (/[1-9bBAzZRk]/.test(character)) throw new Invalid()
    return this.escapedCharacter(character).codePointAt(0) ?? 0
  }

  private set(ranges: Ranges): string {
    const parts = sorted(ranges).map(([from, to]) =>
      from === to ? this.codePoint(from) : `${this.codePoint(from)}-${this.codePoint(to)}`,
    )
    if (parts.length === 0) throw new Unsupported('a class that matches nothing')
    return `[${parts.join('')}]`
  }

  private codePoint(code: number): string {
    if (isWordCharacter(code)) return String.fromCodePoint(code)
    const hex = code.toString(16)
    return this.engine === 're2' ? `\\x{${hex}}` : `\\u{${hex}}`
  }

  /** At the end, or before what ends the last line. */
  private nearEnd(): string {
    if (this.engine === 're2') throw new Unsupported('$ before the end of the last line')
    return `(?=(?:\\r\\n|${this.set(lineEnds)})?$)(?!(?<=\\r)\\n$)`
  }

  private lineStart(): string {
    if (this.engine === 're2') throw new Unsupported('lines')
    return '(?:^|(?<=\\n|\\r(?!\\n)|[\\u0085\\u2028\\u2029])(?!$))'
  }

  private lineEnd(): string {
    if (this.engine === 're2') throw new Unsupported('lines')
    return `(?:$|(?=${this.set(lineEnds)})(?!(?<=\\r)\\n))`
  }

  private boundary(negated: boolean): string {
    if (this.engine === 're2') throw new Unsupported('word boundaries')
    const w = '[\\p{L}\\p{Nd}_]'
    const edges = [`(?<=${w})(?!${w})`, `(?<!${w})(?=${w})`]
    return negated ? `(?!${edges.join('|')})` : `(?:${edges.join('|')})`
  }
}

const re2RepeatMax = 1000

const generalCategories = new Set(
  `L Lu Ll Lt Lm Lo M Mn Mc Me N Nd Nl No P Pc Pd Ps Pe Pi Pf Po S Sm Sc Sk So Z Zs Zl Zp C Cc Cf`.split(
    /\s+/,
  ),
)

function withFlags(flags: Flags, on: string, off: string): Flags {
  const known = { i: 'ignoreCase', s: 'dotAll', m: 'multiline' } as const
  let changed = flags
  const set = (letters: string, value: boolean) => {
    for (const letter of letters) {
      if (!'idmsuxU'.includes(letter)) throw new Invalid()
      const flag = known[letter as keyof typeof known]
      if (flag === undefined) throw new Unsupported(`the flag (?${letter})`)
      changed = { ...changed, [flag]: value }
    }
  }
  set(on, true)
  set(off, false)
  return changed
}

function isLetter(code: number): boolean {
  return (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a)
}

function isWordCharacter(code: number): boolean {
  return isLetter(code) || (code >= 0x30 && code <= 0x39) || code === 0x5f
}
