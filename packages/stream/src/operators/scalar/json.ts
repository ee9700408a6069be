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

/** What the clauses say: `plan/json-call.ts`. */
export const jsonFunctions = [
  scalar(
    'json_value',
    ['text', 'text', 'text', 'text', 'text'],
    'text',
    (text, path, kind, onEmpty, onError) => {
      const answer = answerOf(text, path)
      if (answer.kind === 'error') return otherwise(onError, answer.why)
      const { value, isLax } = answer
      if (value === null || isNestedValue(value)) {
        if (isLax) return otherwise(onEmpty, 'the path leads to no value')
        return otherwise(onError, 'the path leads to no single value')
      }
      return scalarText(value, kind)
    },
  ),
  scalar(
    'json_query',
    ['text', 'text', 'text', 'text', 'text', 'text'],
    'text',
    (text, path, wrapper, onEmpty, onError, kind) => {
      const answer = answerOf(text, path)
      if (answer.kind === 'error') return otherwise(onError, answer.why)
      const wrapped = wrappedIn(wrapper, answer.value)
      if (!isNestedValue(wrapped)) {
        if (answer.isLax) return otherwise(onEmpty, 'the path leads to no array or object')
        return otherwise(onError, 'the path leads to no array or object')
      }
      if (kind !== 'array') return jsonText(wrapped)
      return Array.isArray(wrapped)
        ? JSON.stringify(wrapped.map(elementText))
        : otherwise(onError, 'the path leads to no array')
    },
  ),
  scalar('json_exists', ['text', 'text', 'text'], 'boolean', (text, path, onError) => {
    const answer = answerOf(text, path)
    if (answer.kind === 'value') return answer.value !== null
    if (onError === 'ERROR') throw new ScalarError(answer.why)
    return onError === 'UNKNOWN' ? null : onError === 'TRUE'
  }),
  scalar('json_members', ['text'], 'text', (text) => membersText(JSON.parse(text))),
  scalar('is_json', ['text', 'text'], 'boolean', (text, kind) => {
    const value = parsed(text)
    if (value === undefined || kind === '') return value !== undefined
    if (kind === 'scalar') return !isNestedValue(value)
    return kind === 'array' ? Array.isArray(value) : value instanceof Map
  }),
  scalar('json_same', ['text'], 'text', (text) => {
    const value = parsed(text)
    if (value === undefined) throw new ScalarError('JSON() is given what is no JSON')
    return jsonText(value)
  }),
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

function isNestedValue(value: JsonValue): value is JsonValue[] | Map<string, JsonValue> {
  return Array.isArray(value) || value instanceof Map
}

/** What is said for such a case; a default comes behind `=`. */
function otherwise(behaviour: string, why: string): string | null {
  switch (behaviour) {
    case 'ERROR':
      throw new ScalarError(why)
    case 'EMPTY ARRAY':
      return '[]'
    case 'EMPTY OBJECT':
      return '{}'
    default:
      return behaviour.startsWith('=') ? behaviour.slice(1) : null
  }
}

/** As the text of the type that is returned; what is of another kind fails, as in Flink. */
function scalarText(value: string | boolean | JsonNumber, kind: string): string {
  const text = value instanceof JsonNumber ? value.text : String(value)
  const isInteger = value instanceof JsonNumber && value.isWhole && isInt(text)
  const fits =
    kind === 'text' ||
    (kind === 'integer' && isInteger) ||
    (kind === 'number' && value instanceof JsonNumber) ||
    (kind === 'boolean' && typeof value === 'boolean')
  if (!fits) throw new ScalarError(`JSON_VALUE finds ${text} where it returns another type`)
  return text
}

function isInt(text: string): boolean {
  const value = BigInt(text)
  return value === BigInt.asIntN(32, value)
}

function wrappedIn(wrapper: string, value: JsonValue): JsonValue {
  if (value === null || wrapper === 'WITHOUT') return value
  return wrapper === 'CONDITIONAL' && Array.isArray(value) ? value : [value]
}

function elementText(value: JsonValue): string | null {
  if (value === null || typeof value === 'string') return value
  return jsonText(value)
}

type PathAnswer =
  | { readonly kind: 'value'; readonly value: JsonValue; readonly isLax: boolean }
  | { readonly kind: 'error'; readonly why: string }

/** Where a path is lax, what is not there is null; otherwise it is an error. */
function answerOf(text: string, path: string): PathAnswer {
  const { isLax } = pathOf(path)
  const whole = parsed(text)
  const value = whole === undefined ? undefined : found(whole, path)
  if (value !== undefined || isLax) return { kind: 'value', value: value ?? null, isLax }
  const why = whole === undefined ? 'the text is no JSON' : `nothing is at the path '${path}'`
  return { kind: 'error', why }
}

/** What the path leads to; undefined where there is nothing. */
function found(whole: JsonValue, path: string): JsonValue | undefined {
  const { steps } = pathOf(path)
  let values: JsonValue[] = [whole]
  let isOne = true
  for (const step of steps) {
    const next: JsonValue[] = []
    for (const value of values) {
      if (step.kind === 'all') {
        const parts = Array.isArray(value) ? value : value instanceof Map ? value.values() : []
        for (const part of parts) next.push(part)
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

/** An object of members as `"key":value`, in the order of their keys. */
function membersText(members: readonly string[]): string {
  const byKey = new Map<string, string>()
  for (const member of members) {
    const written = /^"(?:[^"\\]|\\.)*"/.exec(member)?.[0]
    if (written === undefined) throw new ScalarError('a key of JSON_OBJECTAGG is NULL')
    const key: string = JSON.parse(written)
    if (byKey.has(key)) {
      throw new ScalarError(`the key '${key}' comes twice in one group of JSON_OBJECTAGG`)
    }
    byKey.set(key, member)
  }
  const sorted = [...byKey].sort(([left], [right]) => (left < right ? -1 : 1))
  return `{${sorted.map(([, member]) => member).join(',')}}`
}
