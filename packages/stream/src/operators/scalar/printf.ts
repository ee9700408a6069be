import { javaDoubleText } from './java-number.js'
import { ScalarError, scalar, scalarOfAny } from './scalar-function.js'

/**
 * PRINTF by Java's Formatter. Values come as a letter for what they are in Java and their text:
 * `i` a whole number, `d` a double, `b` a boolean, `o` another object. NULL is Java's null. Where
 * Java would refuse the format or a value, the result is NULL.
 */
export const printfFunctions = [
  scalarOfAny('printf', ['text'], 'text', 'text', (format, ...values) => {
    if (format === null) return null
    try {
      return formatted(format, values)
    } catch (error) {
      if (error instanceof Refused) return null
      throw error
    }
  }),
  scalar('iso_timestamp', ['bigint'], 'text', isoTimestamp),
]

class Refused extends Error {}

/** As Java's LocalDateTime.toString: no seconds where there are none, fractions in threes. */
export function isoTimestamp(micros: bigint): string {
  const millis = (micros - (((micros % 1000n) + 1000n) % 1000n)) / 1000n
  const rest = Number(((micros % 1000n) + 1000n) % 1000n)
  const date = new Date(Number(millis))
  const year = date.getUTCFullYear()
  const front = year > 9999 ? `+${year}` : String(year).padStart(4, '0')
  const [day = '', time = ''] = date.toISOString().slice(-19).split('T')
  const minutes = `${front}-${day.slice(-5)}T${time.slice(0, 5)}`
  const second = time.slice(6, 8)
  const fraction = `${time.slice(9, 12)}${String(rest).padStart(3, '0')}`
  if (fraction === '000000') return second === '00' ? minutes : `${minutes}:${second}`
  return `${minutes}:${second}.${rest === 0 ? fraction.slice(0, 3) : fraction}`
}

interface Specifier {
  readonly flags: string
  readonly width: number
  readonly precision: number | undefined
  readonly conversion: string
}

const specifier = /%(\d+\$|<)?([-#+ 0,(]*)(\d+)?(\.\d+)?([a-zA-Z%])/y

function formatted(format: string, values: readonly (string | null)[]): string {
  const parts: string[] = []
  let ordinary = 0
  let last = -1
  for (let at = 0; at < format.length; ) {
    if (format[at] !== '%') {
      const end = format.indexOf('%', at)
      parts.push(format.slice(at, end < 0 ? undefined : end))
      at = end < 0 ? format.length : end
      continue
    }
    specifier.lastIndex = at
    const found = specifier.exec(format)
    if (found === null) throw new Refused()
    at = specifier.lastIndex
    const [, index, flags = '', width, precision, conversion = ''] = found
    const spec: Specifier = {
      flags,
      width: Number(width ?? -1),
      precision: precision === undefined ? undefined : Number(precision.slice(1)),
      conversion,
    }
    if (new Set(flags).size < flags.length) throw new Refused()
    if (conversion === 'n') {
      parts.push('\n')
      continue
    }
    if (conversion === '%') {
      parts.push(fit('%', spec))
      continue
    }
    last = index === '<' ? last : index === undefined ? ordinary++ : Number(index.slice(0, -1)) - 1
    if (last < 0 || last >= values.length) throw new Refused()
    parts.push(converted(spec, values[last] ?? null))
  }
  return parts.join('')
}

function converted(spec: Specifier, value: string | null): string {
  const { conversion, flags } = spec
  const kind = value?.[0] ?? 'n'
  const text = value === null ? null : value.slice(1)
  const lowered = conversion.toLowerCase()
  const result = convert(lowered, spec, kind, text)
  if (lowered === conversion) return result
  if (!'sbhxegca'.includes(lowered) || flags.includes('#')) throw new Refused()
  return result.toUpperCase()
}

function convert(conversion: string, spec: Specifier, kind: string, text: string | null): string {
  switch (conversion) {
    case 's':
      plainFlags(spec)
      return fit(cut(text === null ? 'null' : shown(kind, text), spec), spec)
    case 'b':
      plainFlags(spec)
      return fit(cut(kind === 'b' ? String(text) : String(text !== null), spec), spec)
    case 'h':
    case 'a':
      throw new ScalarError(`PRINTF with %${conversion} is not supported`)
    case 'c': {
      plainFlags(spec)
      if (text === null) return fit('null', spec)
      if (kind !== 'i' || spec.precision !== undefined) throw new Refused()
      const code = Number(text)
      if (code < 0 || code > 0x10ffff) throw new Refused()
      return fit(String.fromCodePoint(code), spec)
    }
    case 'd':
    case 'x':
    case 'o':
      if (spec.precision !== undefined) throw new Refused()
      if (text === null) return fit('null', spec)
      if (kind !== 'i') throw new Refused()
      return integerText(conversion, spec, text)
    case 'f':
    case 'e':
    case 'g':
      if (text === null) return fit('null', spec)
      if (kind !== 'd') throw new Refused()
      return doubleText(conversion, spec, Number(text.replace(/^(-?)inf$/i, '$1Infinity')))
    default:
      throw new Refused()
  }
}

function shown(kind: string, text: string): string {
  return kind === 'd' ? javaDoubleText(Number(text.replace(/^(-?)inf$/i, '$1Infinity'))) : text
}

/** Of a text, only a minus may stand there, with a width. */
function plainFlags({ flags, width }: Specifier): void {
  if (/[#+ 0,(]/.test(flags) || (flags.includes('-') && width < 0)) throw new Refused()
}

function cut(text: string, { precision }: Specifier): string {
  return precision === undefined ? text : text.slice(0, precision)
}

function fit(text: string, { flags, width }: Specifier): string {
  return flags.includes('-') ? text.padEnd(width) : text.padStart(width)
}

function integerText(conversion: string, spec: Specifier, text: string): string {
  const value = BigInt(text)
  if (conversion === 'd')
    return numberText(spec, value < 0n, (value < 0n ? -value : value).toString())
  if (/[+ ,(]/.test(spec.flags)) throw new Refused()
  // INTs have 32 bits in Java, and what is written carries no more.
  const bits = BigInt.asIntN(32, value) === value ? 32 : 64
  const radix = conversion === 'x' ? 16 : 8
  const digits = BigInt.asUintN(bits, value).toString(radix)
  const front = spec.flags.includes('#') ? (radix === 16 ? '0x' : '0') : ''
  return padded(spec, front, digits)
}

function doubleText(conversion: string, spec: Specifier, value: number): string {
  if (!Number.isFinite(value)) {
    const sign = value < 0 ? '-' : spec.flags.includes('+') && !Number.isNaN(value) ? '+' : ''
    return fit(`${sign}${Number.isNaN(value) ? 'NaN' : 'Infinity'}`, spec)
  }
  const magnitude = Math.abs(value)
  const precision = spec.precision ?? 6
  const negative = value < 0 || Object.is(value, -0)
  switch (conversion) {
    case 'f':
      return numberText(spec, negative, fixed(magnitude, precision))
    case 'e':
      if (spec.flags.includes(',')) throw new Refused()
      return numberText(spec, negative, scientific(magnitude, precision))
    default: {
      const significant = precision === 0 ? 1 : precision
      const isPlain = magnitude === 0 || (magnitude >= 1e-4 && magnitude < 10 ** significant)
      if (!isPlain) return numberText(spec, negative, scientific(magnitude, significant - 1))
      const whole = magnitude === 0 ? 0 : Math.floor(Math.log10(magnitude))
      return numberText(spec, negative, fixed(magnitude, Math.max(0, significant - whole - 1)))
    }
  }
}

/** Half up, of the digits that the double is written with. */
function fixed(magnitude: number, places: number): string {
  const [digits, exponent] = digitsOf(magnitude)
  const scaled = roundedAt(digits, digits.length + exponent + places)
  const padded = scaled.padStart(places + 1, '0')
  return places === 0 ? padded : `${padded.slice(0, -places)}.${padded.slice(-places)}`
}

function scientific(magnitude: number, places: number): string {
  if (magnitude === 0) return `0${places > 0 ? `.${'0'.repeat(places)}` : ''}e+00`
  const [digits, exponent] = digitsOf(magnitude)
  let power = digits.length + exponent - 1
  let rounded = roundedAt(digits, places + 1)
  if (rounded.length > places + 1) {
    rounded = rounded.slice(0, places + 1)
    power++
  }
  const point = places > 0 ? `.${rounded.slice(1)}` : ''
  const sign = power < 0 ? '-' : '+'
  return `${rounded[0] ?? '0'}${point}e${sign}${String(Math.abs(power)).padStart(2, '0')}`
}

/** Digits without leading zeros, and the power of ten that their last one stands for. */
function digitsOf(magnitude: number): [digits: string, exponent: number] {
  const [mantissa = '', power = '0'] = magnitude.toExponential().split('e')
  const digits = mantissa.replace('.', '')
  return [digits, Number(power) - digits.length + 1]
}

/** The first `count` digits, rounded half up; zeros behind where there are fewer. */
function roundedAt(digits: string, count: number): string {
  if (count < 0) return '0'
  if (count >= digits.length) return digits.padEnd(count, '0')
  const kept = BigInt(digits.slice(0, count) || '0')
  const up = (digits[count] ?? '0') >= '5' ? 1n : 0n
  return (kept + up).toString().padStart(count, '0')
}

function numberText(spec: Specifier, negative: boolean, digits: string): string {
  const { flags } = spec
  if (flags.includes('+') && flags.includes(' ')) throw new Refused()
  const grouped = flags.includes(',') ? digits.replace(/^\d+/, groupedDigits) : digits
  if (negative && flags.includes('(')) return padded(spec, '(', `${grouped})`)
  const sign = negative ? '-' : flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : ''
  return padded(spec, sign, grouped)
}

function groupedDigits(digits: string): string {
  return digits.replaceAll(/\B(?=(\d{3})+$)/g, ',')
}

function padded(spec: Specifier, front: string, digits: string): string {
  const { flags, width } = spec
  const zeros = flags.includes('0')
  if ((zeros || flags.includes('-')) && width < 0) throw new Refused()
  if (zeros && flags.includes('-')) throw new Refused()
  return zeros ? front + digits.padStart(width - front.length, '0') : fit(front + digits, spec)
}
