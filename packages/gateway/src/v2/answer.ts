/** What a produce request is answered, in the shapes of the REST proxy's v2 API. */
import { refusalText } from '@millrace/schema'
import { type Appended, type AppendFailure, failureOf, hasFailed } from '../append.js'
import { logError, recordCodes } from '../errors.js'
import { isRefused, type Payloads, type Prepared, type Refused } from '../prepare.js'
import type { Acknowledge, Decided, Stored } from '../store.js'

/** One record's place in an answer. */
export interface OffsetEntry {
  partition: number | null
  offset: number | null
  error_code: number | null
  error: string | null
  /** Where it was answered from the spool. */
  event_id?: string
  /** Of a refused record only. */
  field?: string
  reason?: string
}

export interface ProduceAnswer {
  readonly status: number
  /** The same request may succeed in a moment. */
  readonly retriable: boolean
  /** JSON. */
  readonly body: string
}

/** What became of the records of a request, each of which was looked at. */
export interface Outcome {
  readonly decided: Decided
  readonly stored: Stored
  readonly payloads: Payloads
  readonly acknowledge: Acknowledge
}

export function answerOf(outcome: Outcome): ProduceAnswer {
  const { decided, stored, payloads, acknowledge } = outcome
  const { appended, lost } = stored
  if (appended.length === 0) return allRefused(decided.outcomes as Refused[], lost)
  const offsets = offsetsText(outcome)
  if (appended.every(hasFailed)) {
    const { code, message, status, retriable } = logError(failureIn(appended[0]))
    const body = `{"error_code":${code},"message":${JSON.stringify(message)},"offsets":${offsets}}`
    return { status, retriable, body }
  }
  const { key, value } = payloads
  const schemas = `"key_schema_id":${key.schemaId},"value_schema_id":${value.schemaId}`
  const mode = acknowledge === 'dry-run' ? ',"dry_run":true' : ''
  return {
    status: acknowledge === 'spool' ? 202 : 200,
    retriable: false,
    body: `{"offsets":${offsets},${schemas}${mode}}`,
  }
}

/** The records of a request in their order, each with what became of it. */
export function offsetEntries({ decided, stored, acknowledge }: Outcome): OffsetEntry[] {
  const { appended, lost } = stored
  let next = 0
  return decided.outcomes.map((outcome) =>
    isRefused(outcome)
      ? refusedEntry(outcome, lost)
      : offsetEntry(outcome, appended[next++], acknowledge),
  )
}

/** The same as JSON: put together by hand where all are stored, since then it is most of the work. */
function offsetsText(outcome: Outcome): string {
  const { decided, stored, acknowledge } = outcome
  const { appended } = stored
  const isStored = acknowledge !== 'dry-run' && appended.length === decided.outcomes.length
  const isSpooled = acknowledge === 'spool'
  if (!isStored || appended.some((each) => hasFailed(each) || (!isSpooled && each.offset < 0))) {
    return JSON.stringify(offsetEntries(outcome))
  }
  let text = '['
  for (let at = 0; at < appended.length; at++) {
    const { partition, offset } = appended[at] as { partition: number; offset: number }
    if (at > 0) text += ','
    text += `{"partition":${partition},"offset":${isSpooled ? null : offset},"error_code":null,"error":null`
    if (isSpooled) {
      text += `,"event_id":${JSON.stringify((decided.outcomes[at] as Prepared).id)}`
    }
    text += '}'
  }
  return `${text}]`
}

function offsetEntry(
  { partition, id }: Prepared,
  result: Appended | undefined,
  acknowledge: Acknowledge,
): OffsetEntry {
  if (result === undefined || hasFailed(result)) {
    const { message, retriable } = failureIn(result)
    const error_code = retriable ? recordCodes.logRetriable : recordCodes.log
    return { partition, offset: null, error_code, error: message }
  }
  const offset = acknowledge === 'log' && result.offset >= 0 ? result.offset : null
  const entry = { partition: result.partition, offset, error_code: null, error: null }
  return acknowledge === 'spool' ? { ...entry, event_id: id } : entry
}

function failureIn(appended: Appended | undefined): AppendFailure {
  return appended !== undefined && hasFailed(appended) ? appended.failure : failureOf(undefined)
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
function allRefused(refused: readonly Refused[], lost: string | undefined): ProduceAnswer {
  const [first] = refused
  const why = first === undefined ? '' : refusalText(first)
  const message =
    refused.length === 1
      ? `The record was refused: ${why}`
      : `All ${refused.length} records were refused; the first: ${why}`
  return {
    status: 422,
    retriable: false,
    body: JSON.stringify({
      error_code: first?.code ?? recordCodes.payload,
      message: lost === undefined ? message : `${message}. ${lost}`,
      errors: refused.map(({ field, reason }, index) => ({ index, field, reason })),
    }),
  }
}
