import type { BoardRows, ErrorView } from '@millrace/control/api'
import { boardQueryMsMax } from '../limits.js'

/** Where control's API stands, seen from the page: beside it, whatever path it is served under. */
export const liveUrl = 'api/live'

/** What the platform refused, in its own words. */
export class ApiError extends Error {
  readonly code: string

  constructor(refusal: ErrorView) {
    super(refusal.message)
    this.name = 'ApiError'
    this.code = refusal.code
  }
}

/**
 * What a board's query answers now, as JSON text: the reader parses it only when it differs from
 * the text before, as most reads of a quiet board do not.
 *
 * @throws ApiError with the query's message when control refuses, or when it cannot be reached.
 */
export async function fetchBoardText(name: string, signal: AbortSignal): Promise<string> {
  const path = `api/boards/${encodeURIComponent(name)}`
  const limit = AbortSignal.timeout(boardQueryMsMax)
  let response: Response
  let text: string
  try {
    response = await fetch(path, { cache: 'no-cache', signal: AbortSignal.any([signal, limit]) })
    text = await response.text()
  } catch (cause) {
    if (signal.aborted) throw cause
    const message = limit.aborted
      ? `The query took longer than ${boardQueryMsMax / 1000} s. It is tried again.`
      : 'The platform cannot be reached. It is tried again.'
    throw new ApiError({ code: limit.aborted ? 'board_timeout' : 'unreachable', message })
  }
  if (!response.ok) throw new ApiError(readRefusal(text, response.status))
  return text
}

/** @throws ApiError when the answer is not what `GET /api/boards/:name` promises. */
export function parseBoard(text: string): BoardRows {
  try {
    const rows: BoardRows = JSON.parse(text)
    if (Array.isArray(rows.points)) return rows
  } catch {
    // Said below: it makes no difference to the reader how exactly it is not JSON.
  }
  throw new ApiError({ code: 'bad_answer', message: 'The answer is not a board. Is this control?' })
}

function readRefusal(text: string, status: number): ErrorView {
  try {
    const refusal: Partial<ErrorView> = JSON.parse(text)
    if (typeof refusal.message === 'string') {
      return { code: refusal.code ?? String(status), message: refusal.message }
    }
  } catch {
    // Not from control: a proxy's page, perhaps.
  }
  return { code: String(status), message: `The platform answered with status ${status}.` }
}
