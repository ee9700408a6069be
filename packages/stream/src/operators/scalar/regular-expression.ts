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
    refuseForgotten(expression, group)
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
  scalar('regexp_extract_all', ['text', 'text', 'int'], 'text', (text, pattern, group) => {
    const expression = compiled(pattern)
    if (expression === null || group < 0 || group > expression.groups) return null
    refuseForgotten(expression, group)
    return JSON.stringify([...text.matchAll(expression.all)].map((found) => found[group] ?? null))
  }),
  scalar('str_to_map', ['text', 'text', 'text'], 'text', (text, between, within) => {
    const [entries, parts] = [compiled(between), compiled(within)]
    if (entries === null || parts === null)
      throw new ScalarError('STR_TO_MAP cuts at no regular expression')
    if (text === '') return '{}'
    const map = new Map<string, string | null>()
    for (const entry of cutAt(entries, text)) {
      const found = entry === '' ? null : parts.first.exec(entry)
      const end = found?.index ?? entry.length
      map.set(entry.slice(0, end), found === null ? null : entry.slice(end + found[0].length))
    }
    const written = [...map].map((entry) => entry.map((part) => JSON.stringify(part)).join(':'))
    return `{${written.join(',')}}`
  }),
]

/** As Java's String.split: nothing empty at the end, nor before an empty match at the front. */
function cutAt(expression: Compiled, text: string): string[] {
  const parts: string[] = []
  let start = 0
  for (const found of text.matchAll(expression.all)) {
    const end = found.index + found[0].length
    if (end === 0 || (found[0] === '' && found.index === text.length)) continue
    parts.push(text.slice(start, found.index))
    start = end
  }
  parts.push(text.slice(start))
  while (parts.length > 1 && parts.at(-1) === '') parts.pop()
  return parts
}

function refuseForgotten(expression: Compiled, group: number): void {
  if (group === 0 || !expression.forgets) return
  throw new ScalarError('groups within what is repeated are not supported in regular expressions')
}

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
