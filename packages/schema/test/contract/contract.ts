import assert from 'node:assert/strict'

/** What an answer must be. */
export interface Expected {
  status: number
  /** `error_code` in the body. */
  code?: number
  /** The whole body, or what must hold of it. */
  body?: Json | Holds
}

/** A whole body. */
type Json = string | number | readonly unknown[] | { readonly [member: string]: unknown }
/** What must hold of a body. */
// biome-ignore lint/suspicious/noExplicitAny: it is what a server answers
type Holds = (body: any) => boolean

/** A request and what its answer was not. */
export interface Difference {
  step: string
  why: string
}

/**
 * Requests to a registry, whoever made it, each with what must be answered. A difference is
 * remembered and the scenario goes on, so that all of them are found.
 */
export class Contract {
  readonly differences: Difference[] = []
  readonly #url: string
  readonly #scenario: string
  #step = 0

  constructor(url: string, scenario: string) {
    this.#url = url
    this.#scenario = scenario
  }

  /** How many requests were made. */
  get steps(): number {
    return this.#step
  }

  /** `request` is a method and a path. Gives the body of the answer. */
  // biome-ignore lint/suspicious/noExplicitAny: it is what a server answers
  async ask(request: string, sent: unknown, expected: Expected): Promise<any> {
    const [method = '', path = ''] = request.split(' ')
    this.#step++
    const response = await fetch(`${this.#url}${path}`, {
      method,
      ...(sent !== undefined && {
        headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
        body: JSON.stringify(sent),
      }),
    })
    const text = await response.text()
    let body: unknown = text
    try {
      body = text === '' ? undefined : JSON.parse(text)
    } catch {
      // A text as it is: a schema that is no JSON.
    }
    const why = differenceOf({ status: response.status, body }, expected)
    if (why !== undefined) {
      this.differences.push({
        step: `${this.#scenario}: ${this.#step}. ${request.replace(/ids\/\d+/, 'ids/N')}`,
        why,
      })
    }
    return body
  }

  get(path: string, body: Expected['body']) {
    return this.ask(`GET ${path}`, undefined, { status: 200, body })
  }

  refuse(request: string, sent: unknown, code: number) {
    return this.ask(request, sent, { status: Number(String(code).slice(0, 3)), code })
  }

  /** Registers a schema and gives its id. */
  async register(subject: string, sent: unknown): Promise<number> {
    const isId = (body: { id?: unknown }) => typeof body?.id === 'number'
    const expected = { status: 200, body: isId }
    const path = `/subjects/${encodeURIComponent(subject)}/versions`
    return (await this.ask(`POST ${path}`, sent, expected))?.id
  }
}

function differenceOf(
  { status, body }: { status: number; body: unknown },
  expected: Expected,
): string | undefined {
  const short = JSON.stringify(body)?.slice(0, 300)
  if (status !== expected.status) return `${status} instead of ${expected.status}: ${short}`
  const code = (body as { error_code?: unknown } | undefined)?.error_code
  if (expected.code !== undefined && code !== expected.code) {
    return `code ${code} instead of ${expected.code}: ${short}`
  }
  if (expected.body === undefined) return undefined
  if (typeof expected.body === 'function') return holds(expected.body, body) ? undefined : short
  try {
    assert.deepEqual(body, expected.body)
    return undefined
  } catch {
    return `${short} instead of ${JSON.stringify(expected.body)}`
  }
}

/** What has not the members that are asked about does not hold. */
function holds(of: Holds, body: unknown): boolean {
  try {
    return of(body)
  } catch {
    return false
  }
}
