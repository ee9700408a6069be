import { isBytes, isText } from '../../../plan/type-family.js'
import { regularExpressionFunctions } from './regular-expression.js'
import {
  argument,
  type FunctionRule,
  type FunctionRules,
  infix,
  named,
  scripted,
  template,
} from './rule.js'

/**
 * Position 0 counts as 1, a negative one from the end, and nothing is there before the beginning; a
 * negative length is NULL.
 */
const substring: FunctionRule = (inputs) => {
  const text = argument(inputs, 0).sql
  const start = argument(inputs, 1).sql
  const from = `CASE WHEN ${start} = 0 THEN 1 WHEN ${start} < -length(${text}) THEN length(${text}) + 1 ELSE ${start} END`
  const length = inputs[2]?.sql
  if (length === undefined) return `substr(${text}, ${from})`
  return `substr(${text}, ${from}, CASE WHEN ${length} >= 0 THEN ${length} END)`
}

/** Java finds an empty text before each character and at the end, DuckDB nowhere. */
const replace: FunctionRule = (inputs) => {
  const [text, search, by] = [0, 1, 2].map((index) => argument(inputs, index).sql)
  const literal = `replace(${by}, '\\', '\\\\')`
  return `CASE WHEN ${search} = '' THEN regexp_replace(${text}, '', ${literal}, 'g') ELSE replace(${text}, ${search}, ${by}) END`
}

/** Without the second argument, spaces; the names of DuckDB's functions say at which end. */
const trimmed =
  (name: 'trim' | 'ltrim' | 'rtrim'): FunctionRule =>
  (inputs) =>
    `${name}(${argument(inputs, 0).sql}, ${inputs[1]?.sql ?? "' '"})`

/** From the front or the end; no more than none. */
const end =
  (name: 'left' | 'right'): FunctionRule =>
  (inputs) =>
    `${name}(${argument(inputs, 0).sql}, greatest(${argument(inputs, 1).sql}, 0) + (${argument(inputs, 1).sql}) * 0)`

/** Counted in the whole string, though it is looked for from a place on. */
const locate: FunctionRule = (inputs) => {
  const [search, text] = [argument(inputs, 0).sql, argument(inputs, 1).sql]
  if (inputs[2] === undefined) return `strpos(${text}, ${search})`
  const before = `(greatest(${inputs[2].sql}, 1) - 1 + (${inputs[2].sql}) * 0)`
  const found = `strpos(substr(${text}, ${before} + 1), ${search})`
  return `CASE WHEN ${search} = '' THEN ${found} * 0 + ${before} * 0 + 1 WHEN ${found} > 0 THEN ${found} + ${before} ELSE ${found} + ${before} * 0 END`
}

/** An empty string has no parts, and an empty separator parts nothing. */
const splitIndex: FunctionRule = (inputs) => {
  const [text, by, index] = [0, 1, 2].map((place) => argument(inputs, place))
  if (text === undefined || by === undefined || index === undefined) return 'NULL'
  const separator = isText(by.type)
    ? by.sql
    : `CASE WHEN ${by.sql} BETWEEN 1 AND 255 THEN chr(CAST(${by.sql} AS INTEGER)) END`
  return `CASE WHEN ${text.sql} <> '' AND ${separator} <> '' AND ${index.sql} >= 0 THEN string_split(${text.sql}, ${separator})[${index.sql} + 1] END`
}

const translate: FunctionRule = (inputs) => {
  const [text, from, to] = [0, 1, 2].map((index) => argument(inputs, index).sql)
  return `translate(${text}, coalesce(${from}, ''), coalesce(${to}, ''))`
}

const chosen: FunctionRule = ([index, ...values]) => {
  const arms = values.map(({ sql }, place) => `WHEN ${place + 1} THEN ${sql}`)
  return `CASE ${index?.sql ?? 'NULL'} ${arms.join(' ')} END`
}

/** Of bytes by their digits, two a byte. */
const affix =
  (name: 'starts_with' | 'ends_with'): FunctionRule =>
  (inputs) => {
    const sides = inputs.map(({ sql, type }) => (isBytes(type) ? `hex(${sql})` : sql))
    return `${name}(${sides.join(', ')})`
  }

/** Each value with what Java's Formatter needs to know of it: its kind, then its text. */
const printf: FunctionRule = ([format, ...values]) => {
  const tagged = values.map(({ sql, type }) => {
    switch (type.kind) {
      case 'tinyint':
      case 'smallint':
      case 'int':
      case 'bigint':
        return `'i' || CAST(${sql} AS VARCHAR)`
      case 'float':
      case 'double':
        return `'d' || CAST(${sql} AS VARCHAR)`
      case 'boolean':
        return `'b' || CAST(${sql} AS VARCHAR)`
      case 'date':
        return `'i' || CAST(${sql} - DATE '1970-01-01' AS VARCHAR)`
      case 'time':
        return `'i' || CAST(epoch_ms(${sql}) AS VARCHAR)`
      case 'timestamp':
      case 'timestampLtz':
        return `'o' || millrace_iso_timestamp(epoch_us(${sql}))`
      default:
        return `'o' || CAST(${sql} AS VARCHAR)`
    }
  })
  return `millrace_printf(${[format?.sql ?? 'NULL', ...tagged].join(', ')})`
}

export const stringFunctions: FunctionRules = [
  ['UUID', named('uuid')],
  ['||', infix('||')],
  ['CHAR_LENGTH', named('length')],
  // The capital of ß is two letters in Java.
  ['UPPER', template("upper(replace($0, 'ß', 'SS'))")],
  ['LOWER', named('lower')],
  ['INITCAP', scripted('initcap')],
  ['POSITION', template('strpos($1, $0)')],
  ['INSTR', named('strpos')],
  ['LOCATE', locate],
  ['TRIM', trimmed('trim')],
  ['TRIM LEADING', trimmed('ltrim')],
  ['TRIM TRAILING', trimmed('rtrim')],
  ['LTRIM', trimmed('ltrim')],
  ['RTRIM', trimmed('rtrim')],
  ['BTRIM', trimmed('trim')],
  ['REPEAT', template('repeat($0, greatest($1, 0) + ($1) * 0)')],
  ['REVERSE', scripted('reverse')],
  [
    'OVERLAY',
    (inputs, type) => scripted(inputs.length === 3 ? 'overlay' : 'overlay_for')(inputs, type),
  ],
  ['SUBSTRING', substring],
  ['SUBSTR', substring],
  ['LEFT', end('left')],
  ['RIGHT', end('right')],
  ['REPLACE', replace],
  ['TRANSLATE', translate],
  // DuckDB's concat skips NULLs, its operator does not.
  ['CONCAT', infix('||')],
  ['CONCAT_WS', named('concat_ws')],
  ['LPAD', scripted('lpad')],
  ['RPAD', scripted('rpad')],
  ['SPLIT_INDEX', splitIndex],
  ['ELT', chosen],
  ['STARTSWITH', affix('starts_with')],
  ['ENDSWITH', affix('ends_with')],
  ['PRINTF', printf],
  ['ASCII', scripted('ascii')],
  ['CHR', template("CASE WHEN $0 < 0 THEN '' ELSE chr(CAST(($0) & 255 AS INTEGER)) END")],
  ['TO_BASE64', template('to_base64(encode($0))')],
  ['FROM_BASE64', scripted('from_base64')],
  ['ENCODE', scripted('encode')],
  ['DECODE', scripted('decode')],
  ['URL_ENCODE', scripted('url_encode')],
  ['URL_DECODE', scripted('url_decode')],
  [
    'PARSE_URL',
    (inputs, type) => scripted(inputs.length === 2 ? 'parse_url' : 'parse_url_key')(inputs, type),
  ],
  ...regularExpressionFunctions,
]
