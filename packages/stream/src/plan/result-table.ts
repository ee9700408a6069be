/** What a statement has to show: rows of text under the names of their columns. */
export interface ResultTable {
  readonly columns: readonly string[]
  readonly rows: readonly (readonly (string | null)[])[]
  /** A text of several lines, which is shown without a frame. */
  readonly isText?: true
}

/** A column of names. */
export function listOf(column: string, names: readonly string[]): ResultTable {
  return { columns: [column], rows: names.map((name) => [name]) }
}

/** A text as it is. */
export function textResult(text: string): ResultTable {
  return { columns: ['result'], rows: [[text]], isText: true }
}
