import { type JsonPath, JsonPathError, parseJsonPath } from '../../plan/java/json-path.js'
import { readingOf } from './calendar.js'
import { javaDoubleText } from './java-number.js'
import {
  bigDecimalText,
  JsonError,
  JsonNumber,
  type JsonValue,
  jsonString,
  jsonText,
  parseJson,
} from './json-value.js'
import { remembering, ScalarError, scalar } from './scalar-function.js'

/** Functions of JSON without clauses: what is missing, or no JSON, is NULL, or FALSE. */
export const jsonFunctions = [
  scalar('json_value', ['text', 'text'], 'text', (text, path) => {
    const value = found(text, path)
    if (value === undefined || value === null || typeof value === 'boolean') {
      return typeof value === 'boolean' ? String(value) : null
    }
    if (value instanceof JsonNumber) return value.text
    return typeof value === 'string' ? value : null
  }),
  scalar('json_query', ['text', 'text'], 'text', (text, path) => {
    const value = found(text, path)
    return Array.isArray(value) || value instanceof Map ? jsonText(value) : null
  }),
  scalar('json_exists', ['text', 'text'], 'boolean', (text, path) => {
    const value = found(text, path)
    return value !== undefined && value !== null
  }),
  scalar('is_json', ['text'], 'boolean', (text) => parsed(text) !== undefined),
  scalar('json_string', ['text'], 'text', jsonString),
  scalar('json_double', ['double'], 'text', (value) =>
    Number.isFinite(value) ? bigDecimalText(javaDoubleText(value)) : `"${javaDoubleText(value)}"`,
  ),
  scalar('json_decimal', ['text'], 'text', bigDecimalText),
  scalar('json_timestamp', ['bigint'], 'text', isoTime),
  scalar('json_quote', ['text'], 'text', quotedText),
  scalar('json_unquote', ['text'], 'text', unquotedText),
]

const pathOf = remembering((text): JsonPath => {
  try {
    return parseJsonPath(text)
  } catch (error) {
    if (error instanceof JsonPathError) throw new ScalarError(`${error.message} is not supported`)
    throw error
  }
})

function parsed(text: string): JsonValue | undefined {
  try {
    return parseJson(text)
  } catch (error) {
    if (error instanceof JsonError) return undefined
    throw error
  }
}

/** What the path leads to; undefined where there is nothing, or where the text is no JSON. */
function found(text: string, path: string): JsonValue | undefined {
  const { steps } = pathOf(path)
  const whole = parsed(text)
  if (whole === undefined) return undefined
  let values: JsonValue[] = [whole]
  let isOne = true
  for (const step of steps) {
    const next: JsonValue[] = []
    for (const value of values) {
      if (step.kind === 'all') {
        if (Array.isArray(value)) next.push(...value)
        else if (value instanceof Map) next.push(...value.values())
        continue
      }
      const inner =
        step.kind === 'member'
          ? value instanceof Map
            ? value.get(step.name)
            : undefined
          : Array.isArray(value)
            ? value.at(step.index)
            : undefined
      if (inner !== undefined) next.push(inner)
      else if (isOne) return undefined
    }
    values = next
    if (step.kind === 'all') isOne = false
  }
  return isOne ? values[0] : values
}

function isoTime(micros: bigint): string {
  const { year, month, day, hour, minute, second, nano } = readingOf(micros)
  const two = (value: number) => String(value).padStart(2, '0')
  const fraction = String(nano).padStart(9, '0').replace(/0+$/, '')
  const date = `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}`
  const time = `${two(hour)}:${two(minute)}:${two(second)}`
  return `"${date}T${time}${fraction === '' ? '' : `.${fraction}`}"`
}

const quotedSigns = new Map([
  ...Object.entries({ '"': '\\"', '\\': '\\\\', '/': '\\/', '\b': '\\b', '\f': '\\f' }),
  ...Object.entries({ '\n': '\\n', '\r': '\\r', '\t': '\\t' }),
])

/**
 * What is not ASCII is written by its code, unit by unit, as Flink does: of a surrogate pair the
 * code point, and then its second half once more.
 */
function quotedText(text: string): string {
  const parts = Array.from({ length: text.length }, (_, index) => {
    const sign = text.charAt(index)
    const escaped = quotedSigns.get(sign)
    if (escaped !== undefined) return escaped
    if (sign >= ' ' && sign <= '~') return sign
    if (sign < ' ' || sign === '\u007f') return sign
    return `\\u${(text.codePointAt(index) ?? 0).toString(16).padStart(4, '0')}`
  })
  return `"${parts.join('')}"`
}

/** What is no JSON string stays as it is. */
function unquotedText(text: string): string {
  if (text.length < 2 || !text.startsWith('"') || !text.endsWith('"')) return text
  const inner = text.slice(1, -1)
  if (/\\(?!["\\/bfnrt]|u[0-9a-fA-F]{4})/.test(inner.replaceAll('\\\\', ''))) return text
  return inner.replaceAll(/\\(?:u([0-9a-fA-F]{4})|(.))/g, (_, code, sign: string) => {
    if (code !== undefined) return String.fromCharCode(Number.parseInt(code, 16))
    return { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }[sign] ?? sign
  })
}
