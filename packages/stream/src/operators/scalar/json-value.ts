/** A JSON number as Java's BigDecimal, or a whole number, would have it. */
export class JsonNumber {
  readonly text: string
  readonly isWhole: boolean

  constructor(written: string) {
    this.isWhole = !/[.eE]/.test(written)
    this.text = this.isWhole ? BigInt(written).toString() : bigDecimalText(written)
  }
}

export type JsonValue = null | boolean | string | JsonNumber | JsonValue[] | Map<string, JsonValue>

/** What cannot be read as JSON. */
export class JsonError extends Error {}

/** The first value of a text; what follows it is not looked at, as in Flink. */
export function parseJson(text: string): JsonValue {
  return new JsonParser(text).value(0)
}

const depthMax = 1000
const tokens =
  /[ \t\r\n]*(?:([{}[\],:])|"((?:[^"\\]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*)"|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.])|(true|false|null)(?!\w))/y

class JsonParser {
  private readonly text: string
  private at = 0

  constructor(text: string) {
    this.text = text
  }

  value(depth: number): JsonValue {
    if (depth > depthMax) throw new JsonError('it is nested too deeply')
    const found = this.take()
    const [, sign, string, number, word] = found
    if (string !== undefined || found[0].endsWith('"')) return unescaped(found[0].trimStart())
    if (number !== undefined) return new JsonNumber(number)
    if (word !== undefined) return word === 'null' ? null : word === 'true'
    if (sign === '[') return this.array(depth)
    if (sign === '{') return this.object(depth)
    throw new JsonError(`'${sign}' stands where a value should`)
  }

  private take(): RegExpExecArray {
    tokens.lastIndex = this.at
    const found = tokens.exec(this.text)
    if (found === null) throw new JsonError(`it is no JSON at character ${this.at + 1}`)
    this.at = tokens.lastIndex
    return found
  }

  private isNext(sign: string): boolean {
    const before = this.at
    if (this.take()[1] === sign) return true
    this.at = before
    return false
  }

  private array(depth: number): JsonValue[] {
    const items: JsonValue[] = []
    if (this.isNext(']')) return items
    for (;;) {
      items.push(this.value(depth + 1))
      if (this.isNext(']')) return items
      if (!this.isNext(',')) throw new JsonError('an array does not go on with a comma')
    }
  }

  private object(depth: number): Map<string, JsonValue> {
    const members = new Map<string, JsonValue>()
    if (this.isNext('}')) return members
    for (;;) {
      const key = this.value(depth + 1)
      if (typeof key !== 'string' || !this.isNext(':')) throw new JsonError('a key is no string')
      members.set(key, this.value(depth + 1))
      if (this.isNext('}')) return members
      if (!this.isNext(',')) throw new JsonError('an object does not go on with a comma')
    }
  }
}

/** A string whose escapes the scanner has accepted; characters of control must not stand in it. */
function unescaped(literal: string): string {
  try {
    return String(JSON.parse(literal))
  } catch (error) {
    if (error instanceof SyntaxError) throw new JsonError('a string holds a character of control')
    throw error
  }
}

/** Keys in order, as Flink writes JSON. */
export function jsonText(value: JsonValue): string {
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'string') return jsonString(value)
  if (value instanceof JsonNumber) return value.text
  if (Array.isArray(value)) return `[${value.map(jsonText).join(',')}]`
  const members = [...value].sort(([left], [right]) => (left < right ? -1 : 1))
  return `{${members.map(([key, each]) => `${jsonString(key)}:${jsonText(each)}`).join(',')}}`
}

/** Only what must be escaped is, in upper-case digits. */
export function jsonString(text: string): string {
  return JSON.stringify(text).replaceAll(/\\u([0-9a-f]{4})/g, (whole, digits: string) =>
    // A lone half of a surrogate pair cannot come out of UTF-8.
    whole.startsWith('\\u') ? `\\u${digits.toUpperCase()}` : whole,
  )
}

/** As BigDecimal.toString: plain up to six zeros after the point, otherwise with an exponent. */
export function bigDecimalText(written: string): string {
  const [, sign = '', whole = '0', fraction = '', exponent = '0'] =
    /^([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?$/.exec(written) ?? []
  const scale = fraction.length - Number(exponent)
  const digits = (whole + fraction).replace(/^0+(?=\d)/, '')
  const isNegative = sign === '-' && /[1-9]/.test(digits)
  const adjusted = digits.length - 1 - scale
  const front = isNegative ? '-' : ''
  if (scale >= 0 && adjusted >= -6) {
    if (scale === 0) return front + digits
    const padded = digits.padStart(scale + 1, '0')
    return `${front}${padded.slice(0, -scale)}.${padded.slice(-scale)}`
  }
  const mantissa = digits.length > 1 ? `${digits[0]}.${digits.slice(1)}` : digits
  if (adjusted === 0) return front + mantissa
  return `${front}${mantissa}E${adjusted > 0 ? '+' : ''}${adjusted}`
}
