import type { Random } from '@millrace/host'

/** JSON in all the ways in which it can be written, from a seed. */
export class JsonTexts {
  readonly #random: Random

  constructor(random: Random) {
    this.#random = random
  }

  chance(oneIn: number): boolean {
    return this.#random.below(oneIn) === 0
  }

  pick<T>(list: readonly T[]): T {
    return list[this.#random.below(list.length)] as T
  }

  /** White space, or most often none. */
  space(): string {
    return this.chance(4) ? this.pick([' ', '\n', '\t', '\r\n', '   ']) : ''
  }

  /** A value without white space around it; not `null`, which is no value of a record. */
  value(depth = 4): string {
    const kind = depth === 0 ? this.#random.below(3) : this.#random.below(6)
    if (kind === 0) return this.number()
    if (kind === 1) return this.string()
    if (kind === 2) return this.pick(['true', 'false'])
    const inner = Array.from({ length: this.#random.below(5) }, () => this.#inner(depth - 1))
    if (kind === 3) return `[${this.space()}${inner.join(',')}]`
    const members = inner.map((text) => `${this.space()}${this.#name()}${this.space()}:${text}`)
    // The same name again, with the same value or another one.
    if (members.length > 1 && this.chance(4)) members.push(this.pick(members))
    return `{${members.join(',')}${this.space()}}`
  }

  #inner(depth: number): string {
    const value = this.chance(8) ? 'null' : this.value(depth)
    return `${this.space()}${value}${this.space()}`
  }

  number(): string {
    const sign = this.chance(3) ? '-' : ''
    const whole = this.chance(4) ? '0' : `${1 + this.#random.below(9)}${this.#digits(24)}`
    const fraction = this.chance(3) ? `.${this.#random.below(10)}${this.#digits(20)}` : ''
    const exponent = this.chance(4)
      ? `${this.pick(['e', 'E'])}${this.pick(['', '+', '-'])}${this.#random.below(10)}${this.#digits(2)}`
      : ''
    return `${sign}${whole}${fraction}${exponent}`
  }

  #digits(most: number): string {
    let digits = ''
    for (let left = this.#random.below(most + 1); left > 0; left--) digits += this.#random.below(10)
    return digits
  }

  #name(): string {
    const names = [
      '"a"',
      '"b"',
      '"1"',
      '"0"',
      '"10"',
      '""',
      '"__proto__"',
      '"\\u0061"',
      '"constructor"',
    ]
    return this.chance(2) ? this.pick(names) : this.string()
  }

  string(): string {
    const parts = [
      ...['x', 'text ', 'ä', '€', '😀', '{', '}', '[', ']', ',', ':', '/', '\u2028', '\u007f'],
      ...['\\"', '\\\\', '\\/', '\\b', '\\n', '\\u0000', '\\u00e4', '\\uD83D\\uDE00', '\\ud800'],
      ...['12345678901234567890', '\ufeff'],
    ]
    const length = this.chance(20) ? 300 : this.#random.below(6)
    return `"${Array.from({ length }, () => this.pick(parts)).join('')}"`
  }

  /** A text with one byte, or a few, that were not there. */
  changed(text: string): Buffer {
    const bytes = Buffer.from(text)
    const at = this.#random.below(bytes.length)
    if (this.chance(2)) {
      bytes[at] = this.#random.below(256)
      return bytes
    }
    const more = this.pick([
      '"',
      ',',
      '}',
      ']',
      '{',
      '0',
      'NaN',
      '+',
      '.',
      '\\',
      '\ufeff',
      '\u0001',
    ])
    return Buffer.concat([bytes.subarray(0, at), Buffer.from(more), bytes.subarray(at)])
  }
}
