import type { Field } from '../plan/type.js'

const nullText = '<NULL>'
const cut = '...'
const changeColumn = 'op'

/**
 * A table as text, in the frame that Flink's SQL client draws:
 *
 *     +----+-------------+
 *     | op |           n |
 *     +----+-------------+
 *     | +I |           1 |
 *     +----+-------------+
 *
 * Widths are columns of a terminal, in which letters of East Asia take two.
 */
export class Tableau {
  readonly #names: readonly string[]
  readonly #widths: readonly number[]

  private constructor(names: readonly string[], widths: readonly number[]) {
    this.#names = names
    this.#widths = widths
  }

  /** For changes that are still to come: as wide as the types ask for, `widthMax` where they do not. */
  static ofTypes(columns: readonly Field[], widthMax: number): Tableau {
    const widths = columns.map(({ name, type }) => {
      return Math.max(widthOf(name), widthOfType(type, widthMax), nullText.length)
    })
    const names = columns.map(({ name }) => name)
    return new Tableau([changeColumn, ...names], [changeColumn.length, ...widths])
  }

  /** For rows that are all there. */
  static ofRows(names: readonly string[], rows: readonly (readonly string[])[]): Tableau {
    const widths = names.map((name, index) =>
      Math.max(widthOf(name), ...rows.map((row) => widthOf(row[index] ?? ''))),
    )
    return new Tableau(names, widths)
  }

  get border(): string {
    return `+${this.#widths.map((width) => `${'-'.repeat(width + 2)}+`).join('')}`
  }

  /** The frame's top with the names of the columns. */
  get head(): string[] {
    return [this.border, this.row(this.#names), this.border]
  }

  /** A row; what is too wide is cut. */
  row(cells: readonly (string | null)[]): string {
    const texts = cells.map((cell, index) => fitted(cell ?? nullText, this.#widths[index] ?? 0))
    return `|${texts.map((text) => ` ${text} |`).join('')}`
  }
}

function fitted(text: string, width: number): string {
  const own = widthOf(text)
  if (own <= width) return `${' '.repeat(width - own)}${text}`
  let kept = ''
  for (const letter of text) {
    if (widthOf(kept) + widthOf(letter) > width - cut.length) break
    kept += letter
  }
  return `${' '.repeat(Math.max(0, width - cut.length - widthOf(kept)))}${kept}${cut}`
}

/** Letters that take two columns: those of East Asia, and pictures. */
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}]/gu

function widthOf(text: string): number {
  return text.length + (text.match(wide)?.length ?? 0)
}

/** The digits of a number and its sign, the letters of a time. */
function widthOfType(type: Field['type'], widthMax: number): number {
  switch (type.kind) {
    case 'tinyint':
      return 4
    case 'smallint':
      return 6
    case 'int':
      return 11
    case 'bigint':
      return 20
    case 'decimal':
      return type.precision + 2
    case 'boolean':
      return 5
    case 'date':
      return 10
    case 'time':
      return type.precision === 0 ? 8 : type.precision + 9
    case 'timestamp':
    case 'timestampLtz':
      return type.precision === 0 ? 19 : 20 + Math.ceil(type.precision / 3) * 3
    default:
      return widthMax
  }
}
