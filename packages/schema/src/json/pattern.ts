/**
 * Patterns of schemas, which meet texts of strangers. RE2 matches in linear time; what it has not
 * (looking around, back references) is left to JavaScript, which may take for ever, and so for a
 * while only. A pattern that took too long for a text is not tried again with one that has half its
 * length: so that it takes too long a few times, and not with every value that comes.
 */
import { createRequire } from 'node:module'
import type { RE2JS } from 're2js'
import { RefusedError } from '../codec.js'
import { endless, within } from './time-limit.js'

const load = createRequire(import.meta.url)

/** Has every pattern of one schema, as ajv wants them. */
export class Patterns {
  readonly #unbounded: BacktrackingPattern[] = []

  /** For ajv's option `code.regExp`. */
  readonly regExp = Object.assign(
    (pattern: string, flags: string): { test(text: string): boolean; toString(): string } => {
      try {
        return new LinearPattern(pattern, flags)
      } catch {
        const made = new BacktrackingPattern(pattern, flags)
        this.#unbounded.push(made)
        return made
      }
    },
    // ajv writes this into standalone code, which is not made here.
    { code: 'new RegExp' },
  )

  /** Runs a check of a value. Throws a `RefusedError` where a pattern takes too long. */
  bounded<T>(check: () => T): T {
    if (this.#unbounded.length === 0) return check()
    const found = within(check)
    if (found !== endless) return found
    this.giveUp()
    throw tooLong()
  }

  /** A check was stopped: whether it was one of these that took too long. */
  giveUp(): boolean {
    return this.#unbounded.filter((pattern) => pattern.giveUp()).length > 0
  }
}

class LinearPattern {
  readonly #compiled: RE2JS
  readonly #name: string

  constructor(pattern: string, flags: string) {
    // Loaded when the first pattern is met.
    const { RE2JS }: typeof import('re2js') = load('re2js')
    this.#compiled = RE2JS.compile(RE2JS.translateRegExp(pattern))
    // ajv tells patterns apart by their text, and would take any other for the first one.
    this.#name = `/${pattern}/${flags}`
  }

  test(text: string): boolean {
    return this.#compiled.matcher(text).find()
  }

  toString(): string {
    return this.#name
  }
}

class BacktrackingPattern {
  readonly #pattern: RegExp
  #charsMax = Number.POSITIVE_INFINITY
  /** Length of the text that is being matched. */
  #matching: number | undefined

  constructor(pattern: string, flags: string) {
    this.#pattern = new RegExp(pattern, flags)
  }

  test(text: string): boolean {
    if (text.length > this.#charsMax) throw tooLong()
    this.#matching = text.length
    const isMatch = this.#pattern.test(text)
    this.#matching = undefined
    return isMatch
  }

  /** Matches shorter texts only from now on, if it was the one that was stopped. */
  giveUp(): boolean {
    if (this.#matching === undefined) return false
    this.#charsMax = Math.floor(this.#matching / 2)
    this.#matching = undefined
    return true
  }

  toString(): string {
    return String(this.#pattern)
  }
}

export function tooLong(): RefusedError {
  return new RefusedError('the pattern of its schema takes too long for a text of this length')
}
