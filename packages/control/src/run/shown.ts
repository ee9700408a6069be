import { type QueryTask, type ShowTask, Tableau } from '@millrace/stream'

/** The lines of what a statement has to show, as Flink's SQL client prints them. */
export function shownLines({ result }: ShowTask): string[] {
  const { columns, rows, isText } = result
  if (isText) return rows.map(([text]) => `${text ?? ''}\n`)
  if (rows.length === 0) return ['Empty set', '']
  const texts = rows.map((row) => row.map((cell) => cell ?? ''))
  const tableau = Tableau.ofRows(columns, texts)
  return [
    ...tableau.head,
    ...texts.map((row) => tableau.row(row)),
    tableau.border,
    `${countOf(rows.length)} in set`,
    '',
  ]
}

/** Prints the changes of a query as they come, in a frame that is closed at its end. */
export class ShownQuery {
  readonly #tableau: Tableau
  readonly #print: (line: string) => void
  #count = 0

  constructor({ columns, columnWidthMax }: QueryTask, print: (line: string) => void) {
    this.#tableau = Tableau.ofTypes(columns, columnWidthMax)
    this.#print = print
    for (const line of this.#tableau.head) print(line)
  }

  show(change: string, cells: readonly (string | null)[]): void {
    this.#count++
    this.#print(this.#tableau.row([change, ...cells]))
  }

  end(isWhole: boolean): void {
    if (this.#count > 0) this.#print(this.#tableau.border)
    const received = isWhole ? 'Received' : 'Query terminated, received'
    this.#print(`${received} a total of ${countOf(this.#count)}`)
    this.#print('')
  }
}

function countOf(rows: number): string {
  return `${rows} ${rows > 1 ? 'rows' : 'row'}`
}
