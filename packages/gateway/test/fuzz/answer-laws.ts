/** What every answer has to be, whatever was asked. */
import type { HttpAnswer } from './answers.js'

/** What is wrong with an answer; nothing where it is right. */
export function wrongIn(answer: HttpAnswer, request: { method: string; url: string }): string[] {
  const { status, body, headers } = answer
  if (request.method === 'HEAD' || status === 204) return []
  // A schema by itself: the text that it is.
  if (status === 200 && /\/schema\/?(\?|$)/.test(request.url)) return []
  const text = body.toString('utf8')
  const mediaType = headers.get('content-type') ?? ''
  if (!/\bjson\b/.test(mediaType)) return [`the answer's media type is ${mediaType || 'not told'}`]
  const parsed = parsedBody(text, isStream(request))
  if (parsed === undefined) return [`the answer is not JSON: ${text.slice(0, 200)}`]
  const problems = parsed.flatMap((each) => [...wrongTexts(each, ''), ...wrongCode(each)])
  if (status < 400) return problems
  return [...problems, ...wrongError(status, parsed[0], request)]
}

function isStream({ url }: { url: string }): boolean {
  return /^\/v3\/[^?]*\/records\/?(\?|$)/.test(url)
}

function parsedBody(text: string, isLines: boolean): unknown[] | undefined {
  try {
    if (!isLines) return [JSON.parse(text)]
    return text.split('\r\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]))
  } catch {
    return undefined
  }
}

/** An error of the whole request: its code and its status are one. */
function wrongError(status: number, body: unknown, request: { url: string }): string[] {
  const { error_code: code, message } = (body ?? {}) as { error_code?: unknown; message?: unknown }
  if (!Number.isInteger(code)) return [`status ${status} without an error_code`]
  if (typeof message !== 'string' || message === '') return [`error ${code} without a message`]
  const told = (code as number) >= 10_000 ? Math.floor((code as number) / 100) : code
  // What may be taken in a moment is a 503, under the proxy's code for it.
  const isMeant = [told === status, code === 50003 && status === 503]
  // A request whose records are refused is a 422, whatever the first is refused for.
  if (![...isMeant, code === 40402 && status === 422].includes(true))
    return [`${code} with status ${status}`]
  if (status === 500 && !isRight500(code, request)) return [`a 500: ${message}`]
  return []
}

/** A record that is not in the format of the consumer that reads it: the proxy's code is 50002. */
function isRight500(code: unknown, { url }: { url: string }): boolean {
  return code === 50002 && /^\/consumers\/.*\/records/.test(url)
}

/** Codes within an answer. */
function wrongCode(body: unknown): string[] {
  if (typeof body !== 'object' || body === null) return []
  return Object.entries(body).flatMap(([name, value]) => {
    if (name === 'error_code' && value === 500) return ['a 500 in an answer']
    return typeof value === 'object' ? wrongCode(value) : []
  })
}

const told = new Set(['message', 'messages', 'error', 'reason'])
/** Words of the runtime and of libraries; nobody's JSON of the fuzzer has them. */
const internal =
  /\b(?:\w*TypeError|RangeError|ReferenceError|AssertionError|FST_\w+|ERR_[A-Z_]+|HPE_\w+|ECONN\w+|node_modules|undefined is not|null is not|Cannot (?:read|convert|set|create|mix)|is not a function|is not iterable|call stack|Invalid string length|Invalid array length|\[object |avsc|ajv)\b|\/(?:dist|src|usr|tmp)\/|\bat \S+:\d+:\d+|\bundefined\b/

/** The longest message that still is a sentence. */
const messageCharsMax = 2_000

function wrongTexts(body: unknown, name: string): string[] {
  if (typeof body === 'string') {
    if (!told.has(name)) return []
    if (/[\n\r\0\u2028\u2029]/.test(body))
      return [`a message of several lines: ${JSON.stringify(body.slice(0, 200))}`]
    if (body.length > messageCharsMax)
      return [`a message of ${body.length} characters: ${body.slice(0, 100)}`]
    const found = internal.exec(body)
    return found === null
      ? []
      : [`a message with what is inside (${found[0]}): ${body.slice(0, 300)}`]
  }
  if (Array.isArray(body)) return body.flatMap((each) => wrongTexts(each, name))
  if (typeof body !== 'object' || body === null) return []
  return Object.entries(body).flatMap(([member, value]) => wrongTexts(value, member))
}
