import readline from 'node:readline'

/** What a driver can do, by verb. Each takes the whole line; what it gives is the answer. */
export type Verbs = Readonly<Record<string, (line: never) => unknown>>

/** Says something that was not asked for. */
export function tell(event: object): void {
  process.stdout.write(`${JSON.stringify(event)}\n`)
}

/**
 * The JavaScript side of `ForeignClient`: answers lines until the input ends, then ends the
 * process. `codeOf` finds Kafka's code in an error of the client's.
 */
export function drive(verbs: Verbs, codeOf: (error: unknown) => string): void {
  const lines = readline.createInterface({ input: process.stdin })
  lines.on('line', async (text) => {
    const line = JSON.parse(text) as { id: number; do: string }
    const verb = verbs[line.do]
    try {
      if (verb === undefined) throw new Error(`It cannot ${line.do}.`)
      tell({ id: line.id, answer: (await verb(line as never)) ?? null })
    } catch (error) {
      tell({ id: line.id, failure: { code: codeOf(error), message: String(error) } })
    }
  })
  lines.on('close', () => process.exit())
}
