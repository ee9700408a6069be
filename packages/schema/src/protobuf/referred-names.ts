import type { ReferredNames } from '../references.js'
import { readProto } from './files.js'
import { wellKnown } from './well-known.js'

/** Paths of imports, but for those of files that are known everywhere. */
export function protoReferredNames(text: string): ReferredNames {
  const paths = readProto(text).imports.map(({ path }) => path)
  return {
    uses: [...new Set(paths)].filter((path) => wellKnown(path) === undefined),
    offers: [],
  }
}
