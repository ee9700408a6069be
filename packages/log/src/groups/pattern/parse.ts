import { patternNestingMax, patternRepeatsMax } from '../../limits.js'
import {
  anyCase,
  escapedClasses,
  escapedLetters,
  namedClasses,
  not,
  unicodeClass,
  word,
} from './letters.js'
import { type LetterTest, PatternError, type PatternNode } from './node.js'

const newline = 10

/** Reads a pattern in the syntax of RE2; throws `PatternError` for what that does not have. */
export function parsePattern(text: string): PatternNode {
  return new Parser(text).whole()
}

/** A cursor over a pattern, with the flags that hold where it is. */
class Parser {
  readonly #text: string
  #at = 0
  #depth = 0
  #ignoresCase = false
  #dotTakesNewline = false

  constructor(text: string) {
    this.#text = text
  }

  whole(): PatternNode {
    const node = this.#choice()
    if (this.#at < this.#text.length) throw new PatternError('a ")" closes nothing')
    return node
  }

  #choice(): PatternNode {
    const options = [this.#sequence()]
    while (this.#takes('|')) options.push(this.#sequence())
    const [only] = options
    return options.length === 1 && only !== undefined ? only : { kind: 'choice', options }
  }

  #sequence(): PatternNode {
    const parts: PatternNode[] = []
    while (this.#at < this.#text.length && !this.#sees('|') && !this.#sees(')')) {
      if (this.#rest().startsWith('\\Q')) parts.push(...this.#quoted())
      else {
        const atom = this.#atom()
        if (atom !== undefined) parts.push(this.#repeated(atom))
      }
    }
    return { kind: 'sequence', parts }
  }

  /** Letters that stand for themselves; what repeats behind them repeats the last one. */
  #quoted(): PatternNode[] {
    this.#at += 2
    const end = this.#text.indexOf('\\E', this.#at)
    const quoted = this.#text.slice(this.#at, end < 0 ? undefined : end)
    this.#at += quoted.length + (end < 0 ? 0 : 2)
    const letters = [...quoted].map((each) => this.#literal(each))
    const last = letters.pop()
    return last === undefined ? [] : [...letters, this.#repeated(last)]
  }

  #repeated(of: PatternNode): PatternNode {
    const bounds = this.#bounds()
    if (bounds === undefined) return of
    // It says which of several matches is taken, and here only whether there is one counts.
    this.#takes('?')
    const again = this.#at
    if (this.#bounds() !== undefined) {
      throw new PatternError(`"${this.#text.slice(again, this.#at)}" repeats a repetition`)
    }
    return { kind: 'repeat', of, ...bounds }
  }

  #bounds(): { min: number; max: number } | undefined {
    if (this.#takes('*')) return { min: 0, max: Number.POSITIVE_INFINITY }
    if (this.#takes('+')) return { min: 1, max: Number.POSITIVE_INFINITY }
    if (this.#takes('?')) return { min: 0, max: 1 }
    const counted = /^\{(\d+)(?:(,)(\d*))?\}/.exec(this.#rest())
    if (counted === null) return undefined
    this.#at += counted[0].length
    const min = Number(counted[1])
    const end = counted[3] === '' ? Number.POSITIVE_INFINITY : Number(counted[3])
    const max = counted[2] === undefined ? min : end
    const isPossible = min <= patternRepeatsMax && (max <= patternRepeatsMax || max === Infinity)
    if (!isPossible || max < min)
      throw new PatternError(`${counted[0]} is no number of repetitions`)
    return { min, max }
  }

  /** Undefined for what only changes flags. */
  #atom(): PatternNode | undefined {
    const letter = this.#next()
    switch (letter) {
      case '(':
        return this.#group()
      case '[':
        return this.#letter(this.#class())
      case '.':
        return this.#letter(this.#dotTakesNewline ? () => true : (code) => code !== newline)
      case '^':
        return { kind: 'place', test: (_, at) => at === 0 }
      case '$':
        return { kind: 'place', test: (text, at) => at === text.length }
      case '\\':
        return this.#escape()
      case '*':
      case '+':
      case '?':
        throw new PatternError(`"${letter}" repeats nothing`)
      default:
        return this.#literal(letter)
    }
  }

  #group(): PatternNode | undefined {
    const flags = [this.#ignoresCase, this.#dotTakesNewline] as const
    if (this.#takes('?')) {
      const named = /^P?<\w+>/.exec(this.#rest())
      if (named !== null) this.#at += named[0].length
      else if (this.#flags() === 'here on') return undefined
    }
    if (++this.#depth > patternNestingMax) throw new PatternError('groups are nested too deeply')
    const inside = this.#choice()
    this.#depth--
    if (!this.#takes(')')) throw new PatternError('a "(" is not closed')
    ;[this.#ignoresCase, this.#dotTakesNewline] = flags
    return inside
  }

  /** Reads flags, which hold in the group that begins, or from here on. */
  #flags(): 'in the group' | 'here on' {
    const match = /^([imsU]*)(?:-([imsU]+))?([:)])/.exec(this.#rest())
    if (match === null) throw new PatternError(`"(?${this.#rest().slice(0, 1)}" is not known`)
    this.#at += match[0].length
    const [, on = '', off = '', end] = match
    if (on.includes('i')) this.#ignoresCase = true
    if (off.includes('i')) this.#ignoresCase = false
    if (on.includes('s')) this.#dotTakesNewline = true
    if (off.includes('s')) this.#dotTakesNewline = false
    return end === ')' ? 'here on' : 'in the group'
  }

  #escape(): PatternNode {
    const letter = this.#next()
    switch (letter) {
      case 'A':
        return { kind: 'place', test: (_, at) => at === 0 }
      case 'z':
        return { kind: 'place', test: (text, at) => at === text.length }
      case 'b':
        return { kind: 'place', test: isEdgeOfWord }
      case 'B':
        return { kind: 'place', test: (text, at) => !isEdgeOfWord(text, at) }
      default:
        return this.#letter(this.#escapedClass(letter) ?? is(this.#escapedLetter(letter)))
    }
  }

  #escapedClass(letter: string): LetterTest | undefined {
    if (letter !== 'p' && letter !== 'P') return escapedClasses.get(letter)
    const named = /^(?:\{(\^?)(\w+)\}|(\w))/.exec(this.#rest())
    const test = unicodeClass(named?.[2] ?? named?.[3] ?? '')
    if (named === null || test === undefined) {
      throw new PatternError(`"\\${letter}${named?.[0] ?? ''}" is not known`)
    }
    this.#at += named[0].length
    return (letter === 'P') === (named[1] === '^') ? test : not(test)
  }

  #escapedLetter(letter: string): number {
    const known = escapedLetters.get(letter)
    if (known !== undefined) return known
    if (letter === 'x') {
      const digits = /^(?:([0-9a-fA-F]{2})|\{([0-9a-fA-F]{1,6})\})/.exec(this.#rest())
      if (digits === null) throw new PatternError('"\\x" without its number')
      this.#at += digits[0].length
      return Number.parseInt(digits[1] ?? digits[2] ?? '', 16)
    }
    const octal = /^(?:0[0-7]{0,2}|[1-7][0-7]{1,2})/.exec(letter + this.#rest())
    if (octal !== null) {
      this.#at += octal[0].length - 1
      return Number.parseInt(octal[0], 8)
    }
    // Letters and digits mean something, or will: numbers of groups, for one, which RE2 has not.
    if (/[0-9A-Za-z]/.test(letter)) throw new PatternError(`"\\${letter}" is not known`)
    return letter.charCodeAt(0)
  }

  #class(): LetterTest {
    const isNegated = this.#takes('^')
    const tests: LetterTest[] = []
    // A "]" that comes first stands for itself.
    for (let first = true; first || !this.#sees(']'); first = false) {
      tests.push(this.#classPart())
    }
    this.#next()
    const any: LetterTest = (code) => tests.some((test) => test(code))
    // Before it is negated, or it would let in the other case of what it names.
    const cased = this.#ignoresCase ? anyCase(any) : any
    return isNegated ? not(cased) : cased
  }

  #classPart(): LetterTest {
    const named = /^\[:(\^?)(\w+):\]/.exec(this.#rest())
    if (named !== null) {
      const test = namedClasses.get(named[2] ?? '')
      if (test === undefined) throw new PatternError(`${named[0]} is not known`)
      this.#at += named[0].length
      return named[1] === '^' ? not(test) : test
    }
    const from = this.#classLetter()
    if (typeof from !== 'number') return from
    if (!this.#sees('-') || this.#text[this.#at + 1] === ']') return is(from)
    this.#next()
    const to = this.#classLetter()
    if (typeof to !== 'number' || to < from) throw new PatternError('a range that is none')
    return (code) => code >= from && code <= to
  }

  #classLetter(): number | LetterTest {
    const letter = this.#next()
    if (letter !== '\\') return letter.charCodeAt(0)
    const escaped = this.#next()
    return this.#escapedClass(escaped) ?? this.#escapedLetter(escaped)
  }

  #literal(letter: string): PatternNode {
    return this.#letter(is(letter.charCodeAt(0)))
  }

  #letter(test: LetterTest): PatternNode {
    return { kind: 'letter', test: this.#ignoresCase ? anyCase(test) : test }
  }

  #next(): string {
    const letter = this.#text[this.#at]
    if (letter === undefined) throw new PatternError('it ends too early')
    this.#at++
    return letter
  }

  #rest(): string {
    return this.#text.slice(this.#at)
  }

  #sees(letter: string): boolean {
    return this.#text[this.#at] === letter
  }

  #takes(letter: string): boolean {
    if (!this.#sees(letter)) return false
    this.#at++
    return true
  }
}

function is(code: number): LetterTest {
  return (other) => other === code
}

function isEdgeOfWord(text: string, at: number): boolean {
  const isWord = (index: number) =>
    index >= 0 && index < text.length && word(text.charCodeAt(index))
  return isWord(at - 1) !== isWord(at)
}
