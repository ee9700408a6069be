/** Cuts a script into its statements, at semicolons outside of quotes, comments and sets. */
export function statementsOf(script: string): string[] {
  const statements: string[] = []
  let start = 0
  const end = (at: number) => {
    const statement = script.slice(start, at)
    if (/^\s*EXECUTE\s+STATEMENT\s+SET\b/i.test(statement) && !/;\s*END\s*$/i.test(statement))
      return
    if (withoutComments(statement).trim() !== '') statements.push(statement.trim())
    start = at + 1
  }
  for (const { 0: token, index } of script.matchAll(/'(?:[^']|'')*'|`[^`]*`|--[^\n]*|;/g)) {
    if (token === ';') end(index)
  }
  end(script.length)
  return statements
}

/** The topics that a script names. */
export function topicsIn(script: string): string[] {
  return [...script.matchAll(/'topic'\s*=\s*'([^']*)'/g)].map(([, topic = '']) => topic)
}

/** Adds to each table on the log where the brokers are, and that reading ends with what is there. */
export function located(script: string, more: Readonly<Record<string, string>>): string {
  return script.replace(/'connector'\s*=\s*'(kafka|upsert-kafka)'/g, (written, connector) => {
    const options = {
      'scan.bounded.mode': 'latest-offset',
      ...(connector === 'kafka' ? { 'scan.startup.mode': 'earliest-offset' } : {}),
      ...more,
    }
    const texts = Object.entries(options).map(([key, value]) => `'${key}' = '${value}'`)
    return [written, ...texts].join(', ')
  })
}

function withoutComments(statement: string): string {
  return statement.replace(/--[^\n]*/g, '')
}
