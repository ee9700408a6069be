/** The text of a script, and where it came from; what positions are counted in. */
export class Source {
  readonly text: string
  readonly file: string | undefined

  constructor(text: string, file?: string) {
    this.text = text
    this.file = file
  }

  /** Line and column of a character, both counted from 1. */
  positionOf(offset: number): { line: number; column: number } {
    const before = this.text.slice(0, offset)
    const lineStart = before.lastIndexOf('\n') + 1
    return { line: before.split('\n').length, column: offset - lineStart + 1 }
  }

  /** The text of a line, without its end. */
  line(line: number): string {
    return (this.text.split('\n')[line - 1] ?? '').replace(/\r$/, '')
  }
}

/** A part of a script: characters `start` up to and without `end`. */
export interface Span {
  readonly source: Source
  readonly start: number
  readonly end: number
}

/** From the start of one part to the end of another. */
export function spanning(from: Span, to: Span): Span {
  return { source: from.source, start: from.start, end: Math.max(from.end, to.end) }
}

/** The characters of a part. */
export function textOf(span: Span): string {
  return span.source.text.slice(span.start, span.end)
}
