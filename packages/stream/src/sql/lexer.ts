import { SqlError } from './error.js'
import type { Source, Span } from './source.js'
import type { Token } from './token.js'

const wordStart = /[\p{L}_$]/u
const wordPart = /[\p{L}\p{N}_$]/u
const digit = /[0-9]/
const space = /\s/

/** Longest first. */
const signs = [
  ...['<=>', '->>', '=>', '<=', '>=', '<>', '!=', '||', '::', '->'],
  ...['(', ')', '[', ']', '{', '}', ',', ';', '.', '+', '-', '*', '/', '%', '=', '<', '>', '?'],
  ...[':', '|', '^', '&', '~', '!', '@', '#', '\\'],
]

/** Cuts a script into tokens; the last one is `end`. */
export function tokenize(source: Source): Token[] {
  return tokensOf(new Lexer(source))
}

/** The tokens between the signs of a hint; the last one is `end`. */
export function tokenizeHint({ at }: Token): Token[] {
  return tokensOf(new Lexer(at.source, at.start + '/*+'.length, at.end - '*/'.length))
}

function tokensOf(lexer: Lexer): Token[] {
  const tokens: Token[] = []
  for (;;) {
    const token = lexer.next()
    tokens.push(token)
    if (token.kind === 'end') return tokens
  }
}

class Lexer {
  readonly #source: Source
  readonly #text: string
  #at: number

  constructor(source: Source, start = 0, end = source.text.length) {
    this.#source = source
    this.#text = source.text.slice(0, end)
    this.#at = start
  }

  next(): Token {
    const hint = this.#skipSpaceAndComments()
    if (hint !== undefined) return hint
    const start = this.#at
    const char = this.#character()
    if (char === '') return this.#token('end', start, '')
    if (char === '`') return this.#quotedIdentifier()
    if (char === "'") return this.#string()
    if (/[uU]/.test(char) && this.#text.startsWith("&'", start + 1)) return this.#string('U&')
    if (/[xX]/.test(char) && this.#text[start + 1] === "'") return this.#string('X')
    if (digit.test(char) || (char === '.' && digit.test(this.#text[start + 1] ?? ''))) {
      return this.#number()
    }
    if (wordStart.test(char)) return this.#word()
    if (char === '"') {
      throw new SqlError(
        'a double quote does not begin anything in Flink SQL',
        this.#span(start, start + 1),
        "write `name` in backticks for an identifier, or 'text' in single quotes for a string",
      )
    }
    const sign = signs.find((each) => this.#text.startsWith(each, start))
    if (sign === undefined) {
      throw new SqlError(
        `unexpected character '${char}'`,
        this.#span(start, start + char.length),
        'remove it, or quote the name that contains it with backticks',
      )
    }
    this.#at += sign.length
    return this.#token('sign', start, sign)
  }

  /** The whole character at the cursor (two code units where it needs them); '' at the end. */
  #character(): string {
    const code = this.#text.codePointAt(this.#at)
    return code === undefined ? '' : String.fromCodePoint(code)
  }

  #skipSpaceAndComments(): Token | undefined {
    for (;;) {
      const char = this.#text[this.#at] ?? ''
      if (char !== '' && (space.test(char) || char === '\uFEFF')) this.#at++
      else if (this.#text.startsWith('--', this.#at) || this.#text.startsWith('//', this.#at)) {
        const lineEnd = this.#text.indexOf('\n', this.#at)
        this.#at = lineEnd === -1 ? this.#text.length : lineEnd + 1
      } else if (this.#text.startsWith('/*', this.#at)) {
        const hint = this.#blockComment()
        if (hint !== undefined) return hint
      } else return undefined
    }
  }

  #blockComment(): Token | undefined {
    const start = this.#at
    const close = this.#text.indexOf('*/', start + 2)
    if (close === -1) {
      throw new SqlError(
        'this comment is never closed',
        this.#span(start, start + 2),
        'close it with */',
      )
    }
    this.#at = close + 2
    if (this.#text[start + 2] !== '+') return undefined
    return this.#token('hint', start, this.#text.slice(start + 3, close).trim())
  }

  #quotedIdentifier(): Token {
    const start = this.#at
    const text = this.#quotedBy('`', start)
    if (text === undefined) {
      throw new SqlError(
        'this quoted name is never closed',
        this.#span(start, start + 1),
        'close it with a backtick',
      )
    }
    if (text === '') throw new SqlError('a name cannot be empty', this.#span(start, this.#at))
    return this.#token('quoted', start, text)
  }

  #string(prefix?: 'U&' | 'X'): Token {
    const start = this.#at
    this.#at += prefix?.length ?? 0
    const text = this.#quotedBy("'", this.#at)
    if (text === undefined) {
      throw new SqlError(
        'this string is never closed',
        this.#span(start, start + 1 + (prefix?.length ?? 0)),
        "close it with a single quote; write '' for a quote inside it",
      )
    }
    const token = this.#token('string', start, text)
    return prefix === undefined ? token : { ...token, prefix }
  }

  /** Reads up to the closing quote, which doubled stands for itself; undefined: no end found. */
  #quotedBy(quote: string, open: number): string | undefined {
    let text = ''
    let from = open + 1
    for (;;) {
      const close = this.#text.indexOf(quote, from)
      if (close === -1) return undefined
      text += this.#text.slice(from, close)
      if (this.#text[close + 1] !== quote) {
        this.#at = close + 1
        return text
      }
      text += quote
      from = close + 2
    }
  }

  #number(): Token {
    const start = this.#at
    const match = /^(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?/.exec(this.#text.slice(start, start + 400))
    this.#at = start + (match?.[0].length ?? 1)
    const follower = this.#character()
    if (follower !== '' && wordPart.test(follower)) {
      while (this.#character() !== '' && wordPart.test(this.#character())) {
        this.#at += this.#character().length
      }
      throw new SqlError(
        `'${this.#text.slice(start, this.#at)}' is neither a number nor a name`,
        this.#span(start, this.#at),
        'quote a name that begins with a digit with backticks, a text with single quotes',
      )
    }
    return this.#token('number', start, this.#text.slice(start, this.#at))
  }

  #word(): Token {
    const start = this.#at
    while (this.#character() !== '' && wordPart.test(this.#character())) {
      this.#at += this.#character().length
    }
    return this.#token('word', start, this.#text.slice(start, this.#at))
  }

  #token(kind: Token['kind'], start: number, text: string): Token {
    const upper = kind === 'word' ? text.toUpperCase() : text
    return { kind, text, upper, at: this.#span(start, this.#at) }
  }

  #span(start: number, end: number): Span {
    return { source: this.#source, start, end }
  }
}
