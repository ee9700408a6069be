import { isApproximate, isText } from '../../../plan/type-family.js'
import { argument, type FunctionRule, type FunctionRules, named } from './rule.js'

const nullIf: FunctionRule = (inputs, type) => {
  const first = argument(inputs, 0)
  if (!isApproximate(first.type)) return named('nullif')(inputs, type)
  return `CASE WHEN isnan(${first.sql}) THEN ${first.sql} ELSE nullif(${first.sql}, ${argument(inputs, 1).sql}) END`
}

/** NULL if any argument is: DuckDB's own skip NULLs. */
const extreme =
  (name: 'greatest' | 'least'): FunctionRule =>
  (inputs, type) => {
    const anyNull = inputs.map(({ sql }) => `(${sql}) IS NULL`).join(' OR ')
    return `CASE WHEN ${anyNull} THEN NULL ELSE ${named(name)(inputs, type)} END`
  }

/** FALSE of NULL; integers count by their digits. */
const wholly =
  (pattern: string, more = ''): FunctionRule =>
  (inputs) => {
    const { sql, type } = argument(inputs, 0)
    const text = isText(type) ? sql : `CAST(${sql} AS VARCHAR)`
    return `coalesce(regexp_full_match(${text}, '${pattern}')${more.replaceAll('$0', text)}, FALSE)`
  }

/** Java looks at each UTF-16 unit by itself, and halves of a surrogate pair are nothing. */
const noPairs = " AND NOT regexp_matches($0, '[\\x{10000}-\\x{10FFFF}]')"

/** What Java's Double.parseDouble reads, blanks around it included. */
export const javaDouble =
  '[\\x00-\\x20]*[+-]?(NaN|Infinity|([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?[fFdD]?)[\\x00-\\x20]*'

export const conditionalFunctions: FunctionRules = [
  ['COALESCE', named('coalesce')],
  ['IFNULL', named('coalesce')],
  ['NULLIF', nullIf],
  ['GREATEST', extreme('greatest')],
  ['LEAST', extreme('least')],
  ['IS_ALPHA', wholly('\\p{L}+', noPairs)],
  ['IS_DIGIT', wholly('\\p{Nd}+', noPairs)],
  ['IS_DECIMAL', wholly(javaDouble)],
]
