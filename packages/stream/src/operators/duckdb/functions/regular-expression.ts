import { translateRegularExpression } from '../../../plan/java/regular-expression.js'
import { quoted } from '../text.js'
import { argument, type FunctionRule, type FunctionRules, type Input, scripted } from './rule.js'

/**
 * Where the pattern is constant and has the same meaning in RE2, DuckDB matches it; otherwise
 * JavaScript does. An empty match counts otherwise in RE2 where matches are replaced or counted.
 */
const matched =
  (inDuckdb: (text: string, pattern: string) => string, scriptedName: string): FunctionRule =>
  (inputs, type) => {
    const pattern = constantRe2(inputs[1])
    if (pattern === undefined) return scripted(scriptedName)(inputs, type)
    return inDuckdb(argument(inputs, 0).sql, quoted(pattern.source))
  }

/** Only in DuckDB where the pattern matches no empty text. */
const repeated =
  (
    inDuckdb: (text: string, pattern: string, by: string) => string,
    scriptedName: string,
  ): FunctionRule =>
  (inputs, type) => {
    const pattern = constantRe2(inputs[1])
    if (pattern === undefined || pattern.matchesEmpty) return scripted(scriptedName)(inputs, type)
    return inDuckdb(argument(inputs, 0).sql, quoted(pattern.source), inputs[2]?.sql ?? 'NULL')
  }

function constantRe2(
  input: Input | undefined,
): { source: string; groups: number; matchesEmpty: boolean } | undefined {
  const expression = input?.expression
  if (expression?.kind !== 'literal' || typeof expression.value !== 'string') return undefined
  const re2 = translateRegularExpression(expression.value, 're2')
  const script = translateRegularExpression(expression.value, 'javascript')
  if (re2.kind !== 'translated' || script.kind !== 'translated') return undefined
  return { ...re2, matchesEmpty: new RegExp(script.source, 'u').test('') }
}

/** A group that took no part is NULL in Java and empty in DuckDB: JavaScript tells them apart. */
const extract: FunctionRule = (inputs, type) => {
  const pattern = constantRe2(inputs[1])
  const group = inputs[2]?.expression
  const number = group === undefined ? 0 : group.kind === 'literal' ? group.value : undefined
  const plain = pattern !== undefined && !pattern.matchesEmpty
  if (!plain || typeof number !== 'number' || !takesPart(inputs[1], number)) {
    const all = inputs[2] === undefined ? [...inputs, wholeMatch] : inputs
    return scripted('regexp_extract')(all, type)
  }
  if (number < 0 || number > pattern.groups) return 'NULL'
  const [text, source] = [argument(inputs, 0).sql, quoted(pattern.source)]
  return `CASE WHEN regexp_matches(${text}, ${source}) THEN regexp_extract(${text}, ${source}, ${number}) END`
}

/** The whole match does, and groups where no part of the pattern is left to choice. */
function takesPart(input: Input | undefined, group: number): boolean {
  if (group === 0) return true
  const expression = input?.expression
  if (expression?.kind !== 'literal') return false
  return !/\)[*?{]|[|]/.test(String(expression.value).replaceAll(/\\./g, ''))
}

const wholeMatch: Input = {
  sql: '0',
  type: { kind: 'int', nullable: false },
  expression: { kind: 'literal', value: 0, type: { kind: 'int', nullable: false } },
}

/** An empty pattern is found nowhere. */
const regexp: FunctionRule = (inputs, type) => {
  const expression = inputs[1]?.expression
  if (expression?.kind === 'literal' && expression.value === '') {
    return `CASE WHEN ${argument(inputs, 0).sql} IS NOT NULL THEN FALSE END`
  }
  return matched((text, pattern) => `regexp_matches(${text}, ${pattern})`, 'regexp')(inputs, type)
}

export const regularExpressionFunctions: FunctionRules = [
  ['REGEXP', regexp],
  [
    'REGEXP_REPLACE',
    repeated(
      (text, pattern, by) =>
        `regexp_replace(${text}, ${pattern}, replace(${by}, '\\', '\\\\'), 'g')`,
      'regexp_replace',
    ),
  ],
  ['REGEXP_EXTRACT', extract],
  ['REGEXP_SUBSTR', (inputs, type) => extract(inputs.slice(0, 2), type)],
  [
    'REGEXP_COUNT',
    repeated((text, pattern) => `len(regexp_extract_all(${text}, ${pattern}))`, 'regexp_count'),
  ],
  ['REGEXP_INSTR', scripted('regexp_instr')],
]
