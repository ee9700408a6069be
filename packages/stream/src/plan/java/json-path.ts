/** A path into JSON, as Flink's functions take it. */
export interface JsonPath {
  /** A lax path takes what is missing for nothing, a strict one for an error. */
  readonly isLax: boolean
  readonly steps: readonly JsonStep[]
}

export type JsonStep =
  | { readonly kind: 'member'; readonly name: string }
  /** Counted from 0; from the end where it is negative. */
  | { readonly kind: 'element'; readonly index: number }
  /** All elements, or all members' values. */
  | { readonly kind: 'all' }

/** Why a path cannot be followed. */
export class JsonPathError extends Error {}

/** Without a mode it is strict, as in Flink 2.2. @throws JsonPathError */
export function parseJsonPath(text: string): JsonPath {
  const [, mode, written = text] = /^\s*(lax|strict)\s+(.+)$/is.exec(text) ?? []
  const root = /^[$@]/.test(written) ? written.slice(1) : `.${written}`
  const steps: JsonStep[] = []
  const pattern = /\.?\[(?:(-?\d+)|(\*)|'([^'\\]*)'|"([^"\\]*)")\]|\.(\*)|\.([^\s.[\]()*,:?'"\\]+)/y
  for (let at = 0; at < root.length; ) {
    pattern.lastIndex = at
    const found = pattern.exec(root)
    if (found === null) throw new JsonPathError(`the path '${text}' from '${root.slice(at)}' on`)
    at = pattern.lastIndex
    const [, index, star, single, double, dotStar, name] = found
    if (index !== undefined) steps.push({ kind: 'element', index: Number(index) })
    else if (star !== undefined || dotStar !== undefined) steps.push({ kind: 'all' })
    else steps.push({ kind: 'member', name: single ?? double ?? name ?? '' })
  }
  return { isLax: mode?.toLowerCase() === 'lax', steps }
}
