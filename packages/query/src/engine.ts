/** What answers queries: the embedded engine, or another that stands beside it. */
export interface QueryEngine {
  /**
   * Answers one statement that only reads. Throws a `QueryError` for everything else, and when a
   * limit is reached; an aborted `signal` ends the query.
   */
  query(sql: string, signal?: AbortSignal): Promise<Answer>
  /** The tables that can be named, with their columns, as they are now. */
  tables(): Promise<{ name: string; columns: { name: string; type: string }[] }[]>
  close(): Promise<void>
}

export interface Answer {
  columns: { name: string; type: string }[]
  /** Each row as the text of a JSON array. Made once, so that the limit of bytes is exact. */
  rows: string[]
  elapsedMs: number
}
