import { always, boolean, type FunctionDefinition } from './definition.js'

const connective = (name: string, meaning: string): FunctionDefinition => ({
  name,
  meaning,
  written: `condition ${name} condition`,
  parameters: [boolean, boolean],
  variadic: true,
  result: always('boolean'),
})

const test = (name: string, meaning: string): FunctionDefinition => ({
  name,
  meaning,
  written: `condition ${name}`,
  parameters: [boolean],
  result: always('boolean'),
  nullable: 'never',
})

/** IS UNKNOWN is the IS NULL of conditions. */
export const logicalFunctions: readonly FunctionDefinition[] = [
  connective('OR', 'any; TRUE if any is TRUE, even when another is NULL'),
  connective('AND', 'both; FALSE if any is FALSE, even when another is NULL'),
  {
    name: 'NOT',
    meaning: 'the opposite',
    written: 'NOT condition',
    parameters: [boolean],
    result: always('boolean'),
  },
  test('IS FALSE', 'is it FALSE, not TRUE and not NULL?'),
  test('IS NOT FALSE', 'is it TRUE or NULL?'),
  test('IS TRUE', 'is it TRUE, not FALSE and not NULL?'),
  test('IS NOT TRUE', 'is it FALSE or NULL?'),
]
