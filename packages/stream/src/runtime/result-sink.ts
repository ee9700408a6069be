import { rowKind } from '../operators/operator.js'
import type { OutboxPart } from '../state/entry.js'
import type { Sink, SinkRows } from './sink.js'

/** Where the changes of a query on its own go: what each is (`+I`, `-U`, …), and its columns. */
export type ShowChange = (change: string, cells: readonly (string | null)[]) => void

/** Shows each change. At least once, as printing is. */
export class ResultSink implements Sink {
  private readonly show: ShowChange

  constructor(show: ShowChange) {
    this.show = show
  }

  encode({ rows, kinds }: SinkRows): OutboxPart[] {
    for (let row = 0; row < rows.rowCount; row++) {
      const cells = rows.columns.map((column, index) => {
        if (column.kind !== 'bytes' || !column.validity.isValid(row)) return null
        const kind = rows.fields[index]?.type.kind
        if (kind !== 'binary' && kind !== 'varbinary') return column.stringAt(row)
        return `x'${Buffer.from(column.bytesAt(row)).toString('hex')}'`
      })
      this.show(changeTexts[kinds?.int8[row] ?? rowKind.insert] ?? '+I', cells)
    }
    return []
  }
}

/** By the codes of the kinds of changes. */
const changeTexts: readonly string[] = ['+I', '-U', '+U', '-D']
