import { type FunctionDefinition, string } from './definition.js'

export const catalogFunctions: readonly FunctionDefinition[] = [
  {
    name: 'CURRENT_DATABASE',
    meaning: 'the database that tables are in, which is default_database',
    parameters: [],
    result: string,
    nullable: 'never',
  },
]
