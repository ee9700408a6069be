/** What came back on a connection, taken apart by ourselves. */

export interface HttpAnswer {
  readonly status: number
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>
  readonly body: Buffer
  /** It is here to its end. */
  readonly isComplete: boolean
}

/** Throws an `Error` for what is no answer; the last one may be incomplete. */
export function answersIn(
  bytes: Buffer,
  isClosed: boolean,
  methods: readonly string[],
): HttpAnswer[] {
  const answers: HttpAnswer[] = []
  let at = 0
  while (at < bytes.length) {
    const end = bytes.indexOf('\r\n\r\n', at)
    if (end < 0) break
    const [first = '', ...lines] = bytes.subarray(at, end).toString('latin1').split('\r\n')
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(first)?.[1] ?? Number.NaN)
    if (Number.isNaN(status)) throw new Error(`no status line: ${JSON.stringify(first)}`)
    const headers = new Map(lines.map((line) => headerOf(line)))
    at = end + 4
    if (status < 200) continue
    const isBare = status === 204 || status === 304 || methods[answers.length] === 'HEAD'
    const { body, next, isComplete } = bodyAt(bytes, at, headers, isBare, isClosed)
    answers.push({ status, headers, body, isComplete })
    if (!isComplete) break
    at = next
  }
  return answers
}

function headerOf(line: string): [string, string] {
  const colon = line.indexOf(':')
  if (colon < 1) throw new Error(`no header: ${JSON.stringify(line)}`)
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
}

function bodyAt(
  bytes: Buffer,
  start: number,
  headers: ReadonlyMap<string, string>,
  isBare: boolean,
  isClosed: boolean,
): { body: Buffer; next: number; isComplete: boolean } {
  if (isBare) return { body: Buffer.alloc(0), next: start, isComplete: true }
  const length = headers.get('content-length')
  if (length !== undefined) {
    const next = start + Number(length)
    return { body: bytes.subarray(start, next), next, isComplete: next <= bytes.length }
  }
  if (headers.get('transfer-encoding') === 'chunked') return chunksAt(bytes, start)
  return { body: bytes.subarray(start), next: bytes.length, isComplete: isClosed }
}

function chunksAt(bytes: Buffer, start: number) {
  const parts: Buffer[] = []
  let at = start
  for (;;) {
    const end = bytes.indexOf('\r\n', at)
    if (end < 0) break
    const size = Number.parseInt(bytes.subarray(at, end).toString('latin1'), 16)
    if (Number.isNaN(size)) throw new Error('an answer with a chunk that has no size')
    const next = end + 2 + size + 2
    if (next > bytes.length) break
    parts.push(bytes.subarray(end + 2, end + 2 + size))
    at = next
    if (size === 0) return { body: Buffer.concat(parts), next: at, isComplete: true }
  }
  return { body: Buffer.concat(parts), next: bytes.length, isComplete: false }
}
