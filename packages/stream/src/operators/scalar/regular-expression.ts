import { translateRegularExpression } from '../../plan/java/regular-expression.js'
import { remembering, ScalarError, scalar } from './scalar-function.js'

/** Java's regular expressions, where DuckDB's would match otherwise; one that is none is NULL. */
export const regularExpressionFunctions = [
  scalar('regexp', ['text', 'text'], 'boolean', (text, pattern) => {
    const expression = compiled(pattern)
    return pattern !== '' && expression !== null && expression.first.test(text)
  }),
  scalar('regexp_replace', ['text', 'text', 'text'], 'text', (text, pattern, by) => {
    const expression = compiled(pattern)
    return expression === null ? null : text.replaceAll(expression.all, () => by)
  }),
  scalar('regexp_extract', ['text', 'text', 'int'], 'text', (text, pattern, group) => {
    const expression = compiled(pattern)
    if (expression === null || group < 0 || group > expression.groups) return null
    if (group > 0 && expression.forgets) {
      throw new ScalarError(
        'groups within what is repeated are not supported in regular expressions',
      )
    }
    return expression.first.exec(text)?.[group] ?? null
  }),
  scalar('regexp_count', ['text', 'text'], 'int', (text, pattern) => {
    const expression = compiled(pattern)
    return expression === null ? null : [...text.matchAll(expression.all)].length
  }),
  scalar('regexp_instr', ['text', 'text'], 'int', (text, pattern) => {
    const expression = compiled(pattern)
    return expression === null ? null : (expression.first.exec(text)?.index ?? -1) + 1
  }),
]

interface Compiled {
  readonly first: RegExp
  readonly all: RegExp
  readonly groups: number
  readonly forgets: boolean
}

const compile = remembering((pattern): Compiled | 'invalid' => {
  const translation = translateRegularExpression(pattern, 'javascript')
  switch (translation.kind) {
    case 'invalid':
      return 'invalid'
    case 'unsupported':
      throw new ScalarError(`${translation.what} is not supported in regular expressions`)
    case 'translated': {
      const { source, groups, forgets } = translation
      return { first: new RegExp(source, 'u'), all: new RegExp(source, 'gu'), groups, forgets }
    }
  }
})

function compiled(pattern: string): Compiled | null {
  const expression = compile(pattern)
  return expression === 'invalid' ? null : expression
}
