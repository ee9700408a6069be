import { schemaDepthMax } from '../limits.js'
import { SchemaTextError } from '../schema-type.js'

export interface Token {
  readonly kind: 'name' | 'number' | 'string' | 'symbol' | 'end'
  /** A string without its quotes, its escapes as they are. */
  readonly text: string
  readonly line: number
}

const pattern =
  /\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\/|(?<name>[A-Za-z_]\w*)|(?<number>0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|"(?<double>(?:[^"\\\n]|\\.)*)"|'(?<single>(?:[^'\\\n]|\\.)*)'|(?<symbol>[;,.={}[\]()<>:+\-/])/uy

/** A .proto text, token by token. Errors name the line. */
export class Tokens {
  readonly #tokens: Token[] = []
  #next = 0
  #depth = 0

  constructor(text: string) {
    let line = 1
    let at = 0
    while (at < text.length) {
      pattern.lastIndex = at
      const match = pattern.exec(text)
      if (match === null) throw new SchemaTextError(`line ${line}: unexpected ${text[at]}`)
      const { name, number, double, single, symbol } = match.groups ?? {}
      if (name !== undefined) this.#tokens.push({ kind: 'name', text: name, line })
      else if (number !== undefined) this.#tokens.push({ kind: 'number', text: number, line })
      else if (symbol !== undefined) this.#tokens.push({ kind: 'symbol', text: symbol, line })
      else if (double !== undefined) this.#tokens.push({ kind: 'string', text: double, line })
      else if (single !== undefined) {
        const requoted = single.replaceAll("\\'", "'").replaceAll('"', '\\"')
        this.#tokens.push({ kind: 'string', text: requoted, line })
      }
      line += match[0].split('\n').length - 1
      at = pattern.lastIndex
    }
    this.#tokens.push({ kind: 'end', text: 'the end', line })
  }

  get peek(): Token {
    return this.#tokens[this.#next] ?? { kind: 'end', text: 'the end', line: 0 }
  }

  take(): Token {
    const token = this.peek
    this.#next++
    return token
  }

  /** Whether the next token is this name or symbol. */
  is(text: string): boolean {
    const { kind, text: found } = this.peek
    return found === text && (kind === 'name' || kind === 'symbol')
  }

  /** Takes the next token where it is this name or symbol. */
  skip(text: string): boolean {
    const found = this.is(text)
    if (found) this.#next++
    return found
  }

  expect(text: string): void {
    if (!this.skip(text)) throw this.error(`expected ${text}`)
  }

  name(): string {
    if (this.peek.kind !== 'name') throw this.error('expected a name')
    return this.take().text
  }

  /** A name with dots, from a leading dot on. */
  fullName(): string {
    let name = this.skip('.') ? '.' : ''
    name += this.name()
    while (this.skip('.')) name += `.${this.name()}`
    return name
  }

  integer(): number {
    const sign = this.skip('-') ? -1 : 1
    const { kind, text } = this.peek
    const value = Number(/^0\d/.test(text) ? `0o${text.slice(1)}` : text)
    if (kind !== 'number' || !Number.isInteger(value)) throw this.error('expected a whole number')
    this.take()
    return sign * value
  }

  /** A string; several in a row are one. */
  string(): string {
    if (this.peek.kind !== 'string') throw this.error('expected a text in quotes')
    let text = ''
    while (this.peek.kind === 'string') text += this.take().text
    return text
  }

  /** Reads what stands inside of something, which may hold as much again. */
  inside<T>(read: () => T): T {
    if (this.#depth === schemaDepthMax) throw this.error(`nested deeper than ${schemaDepthMax}`)
    this.#depth++
    const found = read()
    this.#depth--
    return found
  }

  error(what: string): SchemaTextError {
    const { line, text } = this.peek
    return new SchemaTextError(`line ${line}: ${what}, found ${text}`)
  }
}
