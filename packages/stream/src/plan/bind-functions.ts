import type { CallNode, NamePath, Statement } from '../sql/index.js'
import type { DeclaredUserFunction } from './function-catalogue.js'

/**
 * The statement with what the script declared beside each call of it. So names mean what they meant
 * where the statement stands, in a view that is planned later too.
 */
export function bindFunctions(
  statement: Statement,
  find: (path: NamePath) => DeclaredUserFunction | undefined,
): Statement {
  return bound(statement, (call) => {
    const declared = find(call.name)?.definition
    return declared === undefined ? call : { ...call, declared }
  })
}

/** The same tree with `change` made to each call in it. */
function bound<T>(part: T, change: (call: CallNode) => CallNode): T {
  if (Array.isArray(part)) return part.map((each) => bound(each, change)) as T
  if (typeof part !== 'object' || part === null) return part
  // Places refer to the source, which is no part of the tree.
  if (Object.getPrototypeOf(part) !== Object.prototype) return part
  const copied = Object.fromEntries(
    Object.entries(part).map(([key, value]) => [key, bound(value, change)]),
  ) as T
  return isCall(copied) ? (change(copied) as T) : copied
}

function isCall(part: unknown): part is CallNode {
  return (part as { kind?: unknown }).kind === 'call'
}
