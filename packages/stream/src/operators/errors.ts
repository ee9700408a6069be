/** Why a plan cannot be run, or why rows could not be computed; `hint` says what to do. */
const operatorErrors = {
  TYPE_UNSUPPORTED: 'cast it to another type',
  FUNCTION_UNSUPPORTED: 'rewrite the expression without it',
  NODE_UNSUPPORTED: 'rewrite the query without it',
  TIME_IS_NULL: 'filter such rows out, or give the column a value',
  PATTERN_STUCK: 'skip TO NEXT ROW, or to a variable that every match has behind its first row',
  COMPUTATION_FAILED: 'correct the expression, or filter such rows out',
} as const

export class OperatorError extends Error {
  readonly code: keyof typeof operatorErrors
  private readonly detail: string

  constructor(code: keyof typeof operatorErrors, detail: string, options?: ErrorOptions) {
    super(`${detail} (${operatorErrors[code]})`, options)
    this.name = 'OperatorError'
    this.code = code
    this.detail = detail
  }

  /** The same of a statement, which begins in a line of the script; what is no such error stays. */
  static inLine(line: number | undefined, error: unknown): unknown {
    if (line === undefined || !(error instanceof OperatorError)) return error
    return new OperatorError(error.code, `line ${line}: ${error.detail}`, { cause: error })
  }
}
