import { translateRegularExpression } from '../java/regular-expression.js'
import { constantText, type FunctionDefinition } from './definition.js'

/** A constant pattern, the argument of that index, has to be one that can be matched here. */
export function knownPattern(index: number): Pick<FunctionDefinition, 'refuses'> {
  return {
    refuses: (values) => {
      const pattern = constantText(values[index])
      if (pattern === undefined) return undefined
      const translation = translateRegularExpression(pattern, 'javascript')
      if (translation.kind !== 'unsupported') return undefined
      const what = `${translation.what} in the regular expression '${pattern}'`
      return { index, what, hint: 'write the pattern without it' }
    },
  }
}
