import { equatable, orderable } from '../nested.js'
import { always, any, type FunctionDefinition, text } from './definition.js'

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
  pattern('LIKE', 'matches the pattern with % and _; the third is the escape character'),
]
