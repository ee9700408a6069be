/**
 * JSON whose numbers keep what JavaScript would lose: digits beyond 2^53, and that a number was
 * written with a fraction. Such numbers are strings with a mark until they are printed, in the form
 * that Avro's Java library prints: whole ones by their digits, others as Java prints a double.
 */
import { readJson, type SchemaJson } from './schema.js'

/** No text of a schema begins so: one that has this character in it is read as JavaScript does. */
const mark = '\0#'

/** Reads the JSON of a schema; throws a `SchemaTextError`. */
export function readExactJson(text: string): SchemaJson {
  const plain = readJson(text)
  if (text.includes('\\u0000')) return plain
  const marked = text.replace(/"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g, (token) => {
    if (token.startsWith('"')) return token
    const printed = javaNumber(token)
    return printed === JSON.stringify(Number(token)) ? token : JSON.stringify(mark + printed)
  })
  return marked === text ? plain : readJson(marked)
}

/** JSON without white space, with the numbers as they were read. */
export function printExactJson(json: unknown): string {
  return JSON.stringify(json).replace(/"\\u0000#([^"]*)"/g, '$1')
}

function javaNumber(token: string): string {
  if (/^-?\d+$/.test(token)) return BigInt(token).toString()
  const value = Number(token)
  if (!Number.isFinite(value)) return token
  const size = Math.abs(value)
  if (size === 0) return Object.is(value, -0) ? '-0.0' : '0.0'
  if (size >= 1e-3 && size < 1e7) return withFraction(String(value))
  const [digits = '', exponent = ''] = value.toExponential().split('e')
  return `${withFraction(digits)}E${exponent.replace('+', '')}`
}

function withFraction(digits: string): string {
  return digits.includes('.') ? digits : `${digits}.0`
}
