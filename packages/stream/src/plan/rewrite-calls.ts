import type { CallNode, ExpressionNode } from '../sql/index.js'

/**
 * The same tree with `change` made to each call in it, the innermost first. Queries within it are
 * entered, or left as they are, as `into` says.
 */
export function rewriteCalls<T>(
  part: T,
  change: (call: CallNode) => ExpressionNode,
  into: 'everything' | 'this query' = 'everything',
): T {
  if (Array.isArray(part)) return part.map((each) => rewriteCalls(each, change, into)) as T
  if (typeof part !== 'object' || part === null) return part
  // Places refer to the source, which is no part of the tree.
  if (Object.getPrototypeOf(part) !== Object.prototype) return part
  if (into === 'this query' && (part as { kind?: unknown }).kind === 'query') return part
  const copied = Object.fromEntries(
    Object.entries(part).map(([key, value]) => [key, rewriteCalls(value, change, into)]),
  ) as T
  return isCall(copied) ? (change(copied) as T) : copied
}

function isCall(part: unknown): part is CallNode {
  return (part as { kind?: unknown }).kind === 'call'
}
