import { styleText } from 'node:util'

type Style = Parameters<typeof styleText>[0]

/**
 * Where a command writes: what was asked for to standard output, everything else to standard
 * error. Colours only where a person looks at a terminal.
 */
export const terminal = {
  out(text: string): void {
    process.stdout.write(`${text}\n`)
  },

  err(text: string): void {
    process.stderr.write(`${text}\n`)
  },

  json(value: unknown): void {
    process.stdout.write(`${JSON.stringify(value, undefined, 2)}\n`)
  },

  /** `text` in a style of standard output. */
  style(style: Style, text: string): string {
    const plain = process.env.NO_COLOR !== undefined || !process.stdout.isTTY
    return plain ? text : styleText(style, text)
  },
}

/** Rows under their headings, columns aligned; columns of numbers to the right. */
export function table(headings: readonly string[], rows: readonly (readonly unknown[])[]): string {
  const cells = rows.map((row) => row.map(cellText))
  const numeric = headings.map(
    (_, column) =>
      rows.some((row) => isNumber(row[column])) &&
      rows.every((row) => row[column] === null || isNumber(row[column])),
  )
  const widths = headings.map((heading, column) =>
    Math.max(heading.length, ...cells.map((row) => row[column]?.length ?? 0)),
  )
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0
        return numeric[column] ? cell.padStart(width) : cell.padEnd(width)
      })
      .join('  ')
      .trimEnd()
  return [
    terminal.style('bold', line(headings)),
    terminal.style('dim', widths.map((width) => '─'.repeat(width)).join('  ')),
    ...cells.map(line),
  ].join('\n')
}

/** `15,002`: counts as people read them. */
export function countText(count: number): string {
  return count.toLocaleString('en')
}

function cellText(value: unknown): string {
  if (value === null || value === undefined) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

function isNumber(value: unknown): boolean {
  if (typeof value === 'number' || typeof value === 'bigint') return true
  return typeof value === 'string' && /^-?\d+(,\d{3})*(\.\d+)?$/.test(value)
}
