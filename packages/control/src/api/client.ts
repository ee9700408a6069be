import { askHttp, type HttpRequest } from '@millrace/host'
import { ControlError, controlErrors } from '../errors.js'
import type {
  ApplyView,
  ErrorView,
  ExceptionDetail,
  ExceptionsView,
  PlatformView,
  ResendView,
  TopicView,
} from './types.js'

/** What the platform whose console is at `url` tells of itself. */
export function askPlatform(url: string): Promise<PlatformView> {
  return ask(url, '/api/platform')
}

/** Its topics; `internal`: those that it keeps for itself too. */
export function askTopics(url: string, internal: boolean): Promise<TopicView[]> {
  return ask(url, `/api/topics?internal=${internal}`)
}

/** Its exceptions that fit these parameters; throws what it refuses. */
export function askExceptions(
  url: string,
  parameters: Readonly<Record<string, string>>,
): Promise<ExceptionsView> {
  return ask(url, `/api/exceptions?${new URLSearchParams(parameters)}`)
}

/** One of its exceptions. */
export function askException(url: string, id: string): Promise<ExceptionDetail> {
  return ask(url, `/api/exceptions/${encodeURIComponent(id)}`)
}

/** Has it send exceptions again. */
export function resendExceptions(url: string, asked: object): Promise<ResendView> {
  return ask(url, '/api/exceptions/resend', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(asked),
  })
}

/** Has it follow the files of its project. */
export function applyProject(url: string, asked: { dryRun: boolean }): Promise<ApplyView> {
  return ask(url, '/api/apply', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(asked),
  })
}

async function ask<View>(url: string, place: string, request?: HttpRequest): Promise<View> {
  const { status, text } = await askHttp(`${url}${place}`, request).catch((cause: Error) => {
    throw controlErrors.unreachable('platform', url, cause.message)
  })
  const answer: unknown = JSON.parse(text)
  if (status >= 200 && status <= 299) return answer as View
  const { code, message } = answer as ErrorView
  throw new ControlError(code, status, message)
}
