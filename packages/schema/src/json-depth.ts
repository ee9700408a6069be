import { jsonDepthMax } from './limits.js'
import { SchemaTextError } from './schema-type.js'

/** Throws a `SchemaTextError` for a text of JSON that is nested deeper than any schema may be. */
export function checkDepth(text: string): void {
  let depth = 0
  let isInString = false
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at)
    if (isInString) {
      if (char === backslash) at++
      else if (char === quote) isInString = false
    } else if (char === quote) isInString = true
    else if (char === openBrace || char === openBracket) {
      depth++
      if (depth > jsonDepthMax) {
        throw new SchemaTextError(`it is nested deeper than ${jsonDepthMax} brackets`)
      }
    } else if (char === closeBrace || char === closeBracket) depth--
  }
}

const quote = 0x22
const backslash = 0x5c
const openBrace = 0x7b
const closeBrace = 0x7d
const openBracket = 0x5b
const closeBracket = 0x5d
