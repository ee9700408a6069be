import { type Source, type Span, textOf } from './source.js'

const tabWidth = 2

/**
 * What is wrong in a script, and where. `message` says what happened, `hint` what to do.
 * Lines and columns are counted from 1; `text` is the offending part as written.
 */
export class SqlError extends Error {
  readonly line: number
  readonly column: number
  readonly text: string
  readonly hint: string | undefined
  readonly file: string | undefined
  readonly #source: Source

  constructor(message: string, at: Span, hint?: string) {
    super(message)
    this.name = 'SqlError'
    const { line, column } = at.source.positionOf(at.start)
    this.line = line
    this.column = column
    this.text = textOf(at)
    this.hint = hint
    this.file = at.source.file
    this.#source = at.source
  }

  /** The message with its place, the line of the script, a caret under the text, and the hint. */
  render(): string {
    const place = `${this.file === undefined ? 'line ' : `${this.file}:`}${this.line}:${this.column}`
    const sourceLine = this.#source.line(this.line)
    const margin = String(this.line)
    const indent = expandTabs(sourceLine.slice(0, this.column - 1)).length
    const firstLineOfText = this.text.split('\n')[0] ?? ''
    const carets = '^'.repeat(Math.max(1, expandTabs(firstLineOfText.trimEnd()).length))
    const lines = [
      `${place}: ${this.message}`,
      `${margin} | ${expandTabs(sourceLine)}`,
      `${' '.repeat(margin.length)} | ${' '.repeat(indent)}${carets}`,
    ]
    if (this.hint !== undefined) lines.push(`hint: ${this.hint}`)
    return lines.join('\n')
  }
}

function expandTabs(text: string): string {
  return text.replaceAll('\t', ' '.repeat(tabWidth))
}

/** The error for what Flink knows and Millrace does not yet. */
export function notSupported(feature: string, at: Span, hint: string): SqlError {
  return new SqlError(`${feature} is not supported yet`, at, hint)
}
