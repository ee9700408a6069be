import type { Expression } from '../expression.js'
import { translateRegularExpression } from '../java/regular-expression.js'
import { javaOfSimilar } from '../java/similar.js'
import { equatable, orderable } from '../nested.js'
import {
  always,
  any,
  constantText,
  type FunctionDefinition,
  type Refusal,
  text,
} from './definition.js'

const comparison = (
  name: string,
  meaning: string,
  more: Partial<FunctionDefinition> = {},
): FunctionDefinition => ({
  name,
  meaning,
  written: `value ${name} value`,
  parameters: [orderable, orderable],
  unify: 0,
  result: always('boolean'),
  ...more,
})

const test = (name: string, meaning: string): FunctionDefinition => ({
  name,
  meaning,
  written: `value ${name}`,
  parameters: [any],
  result: always('boolean'),
  nullable: 'never',
})

const pattern = (name: string, meaning: string): FunctionDefinition => ({
  name,
  meaning,
  written: `string ${name} pattern [ESCAPE character]`,
  parameters: [text, text, text],
  required: 2,
  result: always('boolean'),
})

export const comparisonFunctions: readonly FunctionDefinition[] = [
  comparison('=', 'equal', { parameters: [equatable, equatable] }),
  comparison('<>', 'not equal', { parameters: [equatable, equatable] }),
  comparison('<', 'less'),
  comparison('<=', 'less or equal'),
  comparison('>', 'greater'),
  comparison('>=', 'greater or equal'),
  comparison('IS DISTINCT FROM', 'not equal, where NULL equals NULL; never NULL', {
    parameters: [equatable, equatable],
    nullable: 'never',
  }),
  comparison('IS NOT DISTINCT FROM', 'equal, where NULL equals NULL; never NULL', {
    parameters: [equatable, equatable],
    nullable: 'never',
  }),
  comparison('BETWEEN', 'from the second to the third, both included', {
    written: 'value BETWEEN value AND value',
    parameters: [orderable, orderable, orderable],
  }),
  comparison('IN', 'equal to any of those after the first; NULL if none is and one is NULL', {
    written: 'value IN (value, …)',
    parameters: [equatable, equatable],
    variadic: true,
  }),
  test('IS NULL', 'is it NULL?'),
  test('IS NOT NULL', 'is it anything but NULL?'),
  {
    ...pattern('SIMILAR TO', 'matches the whole pattern of SQL; the third is the escape character'),
    refuses: refusesSimilar,
  },
  pattern('LIKE', 'matches the pattern with % and _; the third is the escape character'),
]

/** The pattern is translated when it is planned. */
function refusesSimilar(values: readonly Expression[]): Refusal | undefined {
  const pattern = constantText(values[1])
  const escapedBy = constantText(values[2])
  const isConstant = values[2] === undefined || escapedBy !== undefined
  if (pattern === undefined || !isConstant) {
    const hint = 'write the pattern as a text, or use REGEXP'
    return { index: 1, what: 'a pattern of SIMILAR TO that is no constant', hint }
  }
  const java = javaOfSimilar(pattern, escapedBy)
  if (java !== undefined && translateRegularExpression(java, 'javascript').kind === 'translated') {
    return undefined
  }
  return {
    index: 1,
    what: `the pattern '${pattern}'`,
    hint: 'write it in another way, or use REGEXP',
  }
}
