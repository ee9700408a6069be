import { setTimeout as pause } from 'node:timers/promises'

/** How long one statement may take; an INSERT takes as long as its job. */
const statementTimeoutMs = 300_000

/** What Flink says is wrong: `message` is its innermost cause, in one line. */
export class FlinkError extends Error {
  /** Everything that it said, with its stack. */
  readonly trace: string

  constructor(trace: string) {
    super(causeOf(trace))
    this.trace = trace
  }
}

export interface FlinkResult {
  readonly columns: readonly string[]
  readonly rows: readonly (readonly unknown[])[]
}

/** Flink's SQL gateway, spoken to by its REST API, version 3. */
export class FlinkGateway {
  readonly url: string

  constructor(url: string) {
    this.url = url
  }

  /** Tables and settings of a session are its own. */
  async session(settings: Readonly<Record<string, string>>): Promise<FlinkSession> {
    const opened = await this.ask('POST', '/v3/sessions', { properties: settings })
    return new FlinkSession(this, textAt(opened, 'sessionHandle'))
  }

  /** @throws FlinkError for what is not answered with 200. */
  async ask(method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
    const answer = await fetch(`${this.url}${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    if (answer.ok) return JSON.parse(text)
    throw new FlinkError(errorsIn(text))
  }
}

export class FlinkSession {
  readonly #gateway: FlinkGateway
  readonly #path: string

  constructor(gateway: FlinkGateway, handle: string) {
    this.#gateway = gateway
    this.#path = `/v3/sessions/${handle}`
  }

  /**
   * Runs one statement to its end. With `table.dml-sync` an INSERT ends when its job does.
   * @throws FlinkError where it is refused, and where its job fails.
   */
  async execute(statement: string): Promise<FlinkResult> {
    const begun = await this.#gateway.ask('POST', `${this.#path}/statements`, { statement })
    const operation = `${this.#path}/operations/${textAt(begun, 'operationHandle')}`
    const deadline = Date.now() + statementTimeoutMs
    const columns: string[] = []
    const rows: unknown[][] = []
    let next: string | undefined = `${operation}/result/0?rowFormat=JSON`
    let waitMs = 5
    while (next !== undefined) {
      const result: Record<string, unknown> = await this.#gateway.ask('GET', next)
      if (result.resultType === 'NOT_READY') {
        if (Date.now() > deadline) throw new Error(`Flink takes too long: ${statement}`)
        await pause(waitMs)
        waitMs = Math.min(waitMs * 2, 100)
        continue
      }
      const found = (result.results ?? {}) as {
        columns?: { name: string }[]
        data?: { fields: unknown[] }[]
      }
      if (columns.length === 0) columns.push(...(found.columns ?? []).map(({ name }) => name))
      rows.push(...(found.data ?? []).map(({ fields }) => fields))
      next = result.resultType === 'EOS' ? undefined : (result.nextResultUri as string | undefined)
    }
    await this.#gateway.ask('DELETE', `${operation}/close`)
    return { columns, rows }
  }

  async close(): Promise<void> {
    await this.#gateway.ask('DELETE', this.#path)
  }
}

function textAt(answer: Record<string, unknown>, name: string): string {
  const value = answer[name]
  if (typeof value !== 'string') throw new Error(`no ${name} in ${JSON.stringify(answer)}`)
  return value
}

function errorsIn(answer: string): string {
  try {
    return (JSON.parse(answer).errors as string[]).join('\n')
  } catch {
    return answer
  }
}

/** The innermost cause of a Java stack, without the class of the exception. */
function causeOf(trace: string): string {
  const causes = [...trace.matchAll(/^(?:\s*<?.*?Caused by: )(.+)$/gm)].map(([, cause]) => cause)
  const last = causes.at(-1) ?? trace.split('\n').find((line) => line.trim() !== '') ?? trace
  return last.replace(/^[\w.$]+(?:Exception|Error): /, '').trim()
}
