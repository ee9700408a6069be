import { equatable, orderable } from '../nested.js'
import { isInteger, isText } from '../type-family.js'
import { always, any, type FunctionDefinition, type Parameter, same } from './definition.js'

/** Integers count by their digits. */
const textOrInteger: Parameter = {
  accepts: (type) => isText(type) || isInteger(type),
  described: 'string',
}

const testing = (name: string, meaning: string): FunctionDefinition => ({
  name,
  meaning: `${meaning}; FALSE of NULL, and of nothing`,
  parameters: [textOrInteger],
  result: always('boolean'),
  nullable: 'never',
})

const shared = (
  name: string,
  meaning: string,
  more: Partial<FunctionDefinition> = {},
): FunctionDefinition => ({
  name,
  meaning,
  parameters: [any],
  variadic: true,
  unify: 0,
  result: same(0),
  ...more,
})

/** CASE and IF are no calls: a plan has them as `Case`. */
export const conditionalFunctions: readonly FunctionDefinition[] = [
  shared('COALESCE', 'the first argument that is not NULL', { nullable: 'all' }),
  {
    ...shared('IFNULL', 'the first argument, or the second where that is NULL', {
      nullable: 'last',
    }),
    parameters: [any, any],
    variadic: false,
  },
  {
    name: 'NULLIF',
    meaning: 'NULL if both are equal, otherwise the first',
    parameters: [equatable, equatable],
    result: same(0),
    nullable: 'always',
  },
  shared('GREATEST', 'the largest of its arguments', { parameters: [orderable] }),
  shared('LEAST', 'the smallest of its arguments', { parameters: [orderable] }),
  testing('IS_ALPHA', 'are all characters letters?'),
  testing('IS_DIGIT', 'are all characters digits?'),
  testing('IS_DECIMAL', 'does it read as a number in Java?'),
]
