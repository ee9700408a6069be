import type { NamePath, Statement } from '../sql/index.js'
import type { DeclaredUserFunction } from './function-catalogue.js'
import { rewriteCalls } from './rewrite-calls.js'

/**
 * The statement with what the script declared beside each call of it. So names mean what they meant
 * where the statement stands, in a view that is planned later too.
 */
export function bindFunctions(
  statement: Statement,
  find: (path: NamePath) => DeclaredUserFunction | undefined,
): Statement {
  return rewriteCalls(statement, (call) => {
    const declared = find(call.name)?.definition
    return declared === undefined ? call : { ...call, declared }
  })
}
