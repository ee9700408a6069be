import { askHttp } from '@millrace/host'
import { controlErrors } from '../errors.js'

/** What the SQL door answers. */
export interface QueryAnswer {
  columns: { name: string; type: string }[]
  rows: unknown[][]
  rowCount: number
  elapsedMs: number
}

/** A refusal of the SQL door. */
interface QueryRefusal {
  code?: string
  message?: string
  hint?: string
  position?: { line: number; column: number }
}

/** Asks the SQL door at `url`. Throws QUERY_REFUSED, with where and what to do, in one line. */
export async function askQuery(url: string, sql: string): Promise<QueryAnswer> {
  const answer = await post(url, sql)
  if ('rows' in answer) return answer
  throw controlErrors.queryRefused(refusalLine(answer))
}

/** The same; undefined where the query names a table that has not seen its first record yet. */
export async function askWhenFilled(url: string, sql: string): Promise<QueryAnswer | undefined> {
  const answer = await post(url, sql)
  if ('rows' in answer) return answer
  if (answer.code === 'table_is_empty') return undefined
  throw controlErrors.queryRefused(refusalLine(answer))
}

async function post(url: string, sql: string): Promise<QueryAnswer | QueryRefusal> {
  const { text } = await askHttp(`${url}/sql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ sql }),
  }).catch((cause: Error) => {
    throw controlErrors.unreachable('SQL door', url, cause.message)
  })
  return JSON.parse(text) as QueryAnswer | QueryRefusal
}

function refusalLine({ message = 'The query was refused.', hint, position }: QueryRefusal): string {
  const place = position === undefined ? '' : `line ${position.line}, column ${position.column}: `
  const sentence = /[.?!]$/.test(message) ? message : `${message}.`
  return `${place}${sentence} ${hint ?? ''}`.replace(/\s+/g, ' ').trim()
}
