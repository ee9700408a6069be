import { type CreateTable, SqlError } from '../sql/index.js'
import type { OptionDefinition } from './option-definition.js'

const flag = {
  accepts: (value: string) => /^(true|false)$/i.test(value),
  hint: "it may be 'true' or 'false'",
}
const character = {
  accepts: (value: string) => /^[\0-\x7f]$/.test(value),
  hint: 'write one character, of ASCII',
}
const delimiter = {
  accepts: (value: string) =>
    /^(?:[\0-\x7f]|\\(?:u00[0-7][0-9a-f]|[0-7]{1,2}|1[0-7]{2}|[^u0-7]))$/i.test(value),
  hint: "write one character, of ASCII, such as '|', '\\t' or '\\u0001'",
}

/** The options of the format `csv`, without their prefix. */
export const csvOptions: readonly OptionDefinition[] = [
  { key: 'field-delimiter', check: delimiter },
  { key: 'disable-quote-character', check: flag },
  { key: 'quote-character', check: character },
  { key: 'allow-comments', check: flag },
  { key: 'ignore-parse-errors', check: flag },
  {
    key: 'array-element-delimiter',
    check: { accepts: (value) => value !== '', hint: 'write a character or more' },
  },
  { key: 'escape-character', check: character },
  { key: 'null-literal' },
  { key: 'write-bigdecimal-in-scientific-notation', check: flag },
]

/** @throws SqlError where a table has quotes, and says that it has none. */
export function checkCsvQuotes(table: CreateTable, prefix: string): void {
  const named = (name: string) => table.options.find(({ key }) => key === `${prefix}csv.${name}`)
  const quote = named('quote-character')
  if (quote === undefined) return
  if (named('disable-quote-character')?.value.toLowerCase() !== 'true') return
  throw new SqlError(
    `'${quote.key}' and '${prefix}csv.disable-quote-character' contradict each other`,
    quote.keyAt,
    'leave one of them out',
  )
}
