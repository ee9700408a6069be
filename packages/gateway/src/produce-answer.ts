/** What a produce request is answered, in the shapes of the REST proxy's v2 API. */
import { refusalText } from '@millrace/schema'
import { type Appended, type AppendFailure, failureOf } from './append.js'
import { type GatewayError, gatewayErrors, recordCodes } from './errors.js'
import { isRefused, type Prepared, type Refused } from './prepare.js'

/** One record's place in an answer. */
export interface OffsetEntry {
  partition: number | null
  offset: number | null
  error_code: number | null
  error: string | null
  /** Of a refused record only. */
  field?: string
  reason?: string
}

export interface ProduceAnswer {
  status: number
  retriable: boolean
  body: object
}

export function hasFailed(
  appended: Appended,
): appended is Extract<Appended, { failure: AppendFailure }> {
  return 'failure' in appended
}

/** The records of a request in their order, each with what became of it. */
export function offsetEntries(
  outcomes: readonly (Prepared | Refused)[],
  appended: readonly Appended[],
  lost: string | undefined,
): OffsetEntry[] {
  let next = 0
  return outcomes.map((outcome) => {
    if (isRefused(outcome)) return refusedEntry(outcome, lost)
    const result = appended[next++]
    if (result !== undefined && !hasFailed(result)) {
      return { partition: result.partition, offset: result.offset, error_code: null, error: null }
    }
    const retriable = result?.failure.retriable ?? true
    return {
      partition: outcome.partition,
      offset: null,
      error_code: retriable ? recordCodes.logRetriable : recordCodes.log,
      error: result?.failure.message ?? 'the broker gave no answer',
    }
  })
}

function refusedEntry(refused: Refused, lost: string | undefined): OffsetEntry {
  const text = refusalText(refused)
  return {
    partition: null,
    offset: null,
    error_code: refused.code,
    error: lost === undefined ? text : `${text}. ${lost}`,
    field: refused.field,
    reason: refused.reason,
  }
}

/** Every record was refused for what it is. */
export function allRefused(refused: readonly Refused[], lost: string | undefined): ProduceAnswer {
  const [first] = refused
  const why = first === undefined ? '' : refusalText(first)
  const message =
    refused.length === 1
      ? `The record was refused: ${why}`
      : `All ${refused.length} records were refused; the first: ${why}`
  return {
    status: 422,
    retriable: false,
    body: {
      error_code: first?.code ?? recordCodes.payload,
      message: lost === undefined ? message : `${message}. ${lost}`,
      errors: refused.map(({ field, reason }, index) => ({ index, field, reason })),
    },
  }
}

/** There were good records, and none of them is in the log. */
export function allFailed(
  failed: readonly { failure: AppendFailure }[],
  offsets: OffsetEntry[],
): ProduceAnswer {
  const [first] = failed
  const error = logError(first?.failure ?? failureOf(undefined))
  return {
    status: error.status,
    retriable: error.retriable,
    body: { error_code: error.code, message: error.message, offsets },
  }
}

/** A failure of the log as the answer to a whole request. */
export function logError({ message, retriable }: AppendFailure): GatewayError {
  return retriable ? gatewayErrors.logUnavailable(message) : gatewayErrors.log(message)
}
