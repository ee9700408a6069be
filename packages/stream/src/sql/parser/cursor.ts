import { SqlError } from '../error.js'
import { beginsClause, isReserved } from '../keywords.js'
import { nestingDepthMax } from '../limits.js'
import type { Span } from '../source.js'
import type { Token } from '../token.js'
import type { Name, NamePath } from '../tree/name.js'

/**
 * Where the parser is in the tokens of a script. `is…` look, `accept…` take when it is there,
 * `expect…` take or refuse.
 */
export class Cursor {
  readonly #tokens: readonly Token[]
  #at = 0
  #depth = 0

  /** `tokens` end with the `end` token. */
  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  get token(): Token {
    return this.peek(0)
  }

  /** The token last taken. */
  get previous(): Token {
    return this.peek(-1)
  }

  peek(ahead: number): Token {
    const last = this.#tokens.length - 1
    const token = this.#tokens[Math.max(0, Math.min(this.#at + ahead, last))]
    if (token === undefined) throw new Error('a script has at least the token of its end')
    return token
  }

  take(): Token {
    const token = this.token
    this.#at++
    return token
  }

  /** From a token taken earlier to the one taken last. */
  since(start: Span): Span {
    return { source: start.source, start: start.start, end: this.previous.at.end }
  }

  isKeyword(...words: readonly string[]): boolean {
    return words.every((word, ahead) => this.isKeywordAhead(ahead, word))
  }

  isKeywordAhead(ahead: number, ...anyOf: readonly string[]): boolean {
    const token = this.peek(ahead)
    return token.kind === 'word' && anyOf.includes(token.upper)
  }

  acceptKeyword(...words: readonly string[]): boolean {
    const found = this.isKeyword(...words)
    if (found) this.#at += words.length
    return found
  }

  expectKeyword(...words: readonly string[]): Token {
    for (const word of words) {
      if (!this.isKeyword(word)) throw this.unexpected(word)
      this.#at++
    }
    return this.previous
  }

  isSign(sign: string, ahead = 0): boolean {
    const token = this.peek(ahead)
    return token.kind === 'sign' && token.text === sign
  }

  acceptSign(sign: string): boolean {
    const found = this.isSign(sign)
    if (found) this.#at++
    return found
  }

  expectSign(sign: string, hint?: string): Token {
    if (!this.isSign(sign)) throw this.unexpected(`'${sign}'`, hint)
    return this.take()
  }

  expectString(what: string, hint?: string): Token {
    if (this.token.kind !== 'string') throw this.unexpected(what, hint)
    return this.take()
  }

  /** May the token at hand be a name: quoted, or a word that is not reserved? */
  isName(ahead = 0): boolean {
    const token = this.peek(ahead)
    return token.kind === 'quoted' || (token.kind === 'word' && !isReserved(token.upper))
  }

  expectName(what: string): Name {
    if (!this.isName()) throw this.unexpected(what)
    const token = this.take()
    return { text: token.text, at: token.at }
  }

  /** Nothing but a name may stand here, so that any reserved word is meant as one. */
  expectNameAfterDot(): Name {
    if (!this.isName()) throw this.unexpected(`a name after '.'`, this.#reservedHint())
    return this.expectName('')
  }

  expectNamePath(what: string): NamePath {
    const path = [this.expectName(what)]
    while (this.acceptSign('.')) path.push(this.expectNameAfterDot())
    return path
  }

  /** `(a, b, c)`; at least one. */
  expectNameList(what: string): Name[] {
    this.expectSign('(')
    const names = this.separated(() => this.expectName(what))
    this.expectSign(')')
    return names
  }

  /** One or more of `item` with commas between. */
  separated<Item>(item: () => Item): Item[] {
    const items = [item()]
    while (this.acceptSign(',')) items.push(item())
    return items
  }

  /** Runs a part of the grammar that may contain itself, and refuses what nests too deep. */
  nested<Result>(parse: () => Result): Result {
    this.#depth++
    if (this.#depth > nestingDepthMax) {
      throw new SqlError(
        `this nests more than ${nestingDepthMax} levels deep`,
        this.token.at,
        'split the query into views',
      )
    }
    const result = parse()
    this.#depth--
    return result
  }

  /** Parses ahead and comes back: is what follows of this shape? */
  looksLike(shape: () => boolean): boolean {
    const at = this.#at
    const answer = shape()
    this.#at = at
    return answer
  }

  /** The error for a token that does not fit here. */
  unexpected(wanted: string, hint?: string): SqlError {
    const { token } = this
    if (token.kind === 'end') {
      const last = this.previous
      const at = { source: last.at.source, start: last.at.end, end: last.at.end }
      return new SqlError(`expected ${wanted}, but the script ends`, at, hint)
    }
    const shown = token.kind === 'string' ? `the string '${token.text}'` : `'${token.text}'`
    return new SqlError(
      `expected ${wanted}, found ${shown}`,
      token.at,
      hint ?? (beginsClause(token.upper) ? undefined : this.#reservedHint()),
    )
  }

  #reservedHint(): string | undefined {
    const { token } = this
    if (token.kind !== 'word' || !isReserved(token.upper)) return undefined
    return `${token.upper} is a reserved word: where it is meant as a name, quote it with backticks: \`${token.text}\``
  }
}
