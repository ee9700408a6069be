import { any, boolean, type FunctionDefinition, string } from './definition.js'

/** CAST and TRY_CAST are no calls: a plan has them as `Cast`. */
export const conversionFunctions: readonly FunctionDefinition[] = [
  {
    name: 'TYPEOF',
    meaning: 'the name of the type; in full where the second is TRUE. Known when it is planned',
    parameters: [{ ...any, accepts: () => true }, boolean],
    required: 1,
    result: string,
    nullable: 'always',
  },
]
