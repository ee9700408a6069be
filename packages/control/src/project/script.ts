/**
 * Where a script declares a table, or one of its columns; where it names the table, if it is one
 * of a catalog; the script's start where that is not found. A plan keeps no positions, so the text
 * is searched, without its comments.
 */
export function declaredAt(
  text: string,
  table: string,
  column?: string,
): { line: number; column: number } {
  const code = withoutComments(text)
  const declaration = new RegExp(
    `\\bCREATE\\s+(?:TEMPORARY\\s+)?TABLE\\s+(?:IF\\s+NOT\\s+EXISTS\\s+)?(?:[\\w\`]+\\.)*\`?(${escaped(table)})\\b`,
    'di',
  ).exec(code)
  const start = declaration?.indices?.[1]?.[0] ?? namedAt(code, table)
  if (column === undefined) return positionOf(text, start)
  const name = new RegExp(`[(,]\\s*(\`?${escaped(column)}\`?)\\s`, 'dg')
  name.lastIndex = start
  return positionOf(text, name.exec(code)?.indices?.[1]?.[0] ?? start)
}

/** `main.topics.orders`, of which USE makes the first parts superfluous. */
function namedAt(code: string, table: string): number {
  const [catalog = '', database = '', ...rest] = table.split('.')
  const part = (name: string) => `\`?${escaped(name)}\`?`
  const place = `(?:(?:${part(catalog)}\\.)?${part(database)}\\.)?`
  const name = `${place}${part(rest.join('.'))}`
  const named = new RegExp(`\\b(?:FROM|JOIN|TABLE|INTO|LIKE)\\s+(${name})(?![\\w.])`, 'di')
  return rest.length === 0 ? 0 : (named.exec(code)?.indices?.[1]?.[0] ?? 0)
}

/** Whether a script holds nothing but blanks and comments. */
export function isEmptyScript(text: string): boolean {
  return withoutComments(text).replaceAll(';', '').trim() === ''
}

/** Comments as blanks, so that positions stay; texts in quotes are no comments. */
function withoutComments(text: string): string {
  return text.replace(/'(?:[^']|'')*'|--.*|\/\*[\s\S]*?\*\//g, (part) =>
    part.startsWith("'") ? part : part.replace(/[^\n]/g, ' '),
  )
}

function escaped(name: string): string {
  return name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}

function positionOf(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset).split('\n')
  return { line: before.length, column: (before.at(-1) ?? '').length + 1 }
}
