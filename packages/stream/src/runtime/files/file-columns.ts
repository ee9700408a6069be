import type { Disk } from '@millrace/host'
import { pushValue } from '../../formats/row-value.js'
import type { TableDefinition } from '../../plan/table.js'
import type { ColumnBatch } from '../../state/batch.js'
import type { Column } from '../../state/column.js'
import type { ListedFile } from './file-list.js'

/** Fills the columns of a batch that are the same for all rows of a file: its folders, what is known of it. */
export class FileColumns {
  private readonly columns: readonly ((file: ListedFile, sizeBytes: number) => () => void)[]
  private readonly partitions: { pushInt32(value: number): void }
  private pushes: readonly (() => void)[] = []

  constructor(table: TableDefinition, batch: ColumnBatch, disk: Disk) {
    const folders = table.partitionedBy ?? []
    this.partitions = batch.fixed(batch.columns.length - 1)
    this.columns = batch.fields.flatMap(({ name, type }, index) => {
      const column = batch.column(index)
      const folder = folders.indexOf(name)
      if (folder >= 0) {
        return [
          ({ partition }: ListedFile) => {
            const value = partition[folder] ?? null
            return () => (value === null ? column.pushNull() : pushValue(column, type, value))
          },
        ]
      }
      const key = table.columns.find((each) => each.name === name)?.metadata?.key
      return key === undefined ? [] : [metadataPush(key, column, disk)]
    })
  }

  /** The rows that follow are of this file. */
  begin(file: ListedFile, sizeBytes: number): void {
    this.pushes = this.columns.map((column) => column(file, sizeBytes))
  }

  push(): void {
    for (const push of this.pushes) push()
    this.partitions.pushInt32(0)
  }
}

function metadataPush(
  key: string,
  column: Column,
  disk: Disk,
): (file: ListedFile, sizeBytes: number) => () => void {
  if (column.kind === 'bytes') {
    const nameOf = (path: string) => path.slice(path.lastIndexOf('/') + 1)
    return ({ path }) => {
      const text = key === 'file.path' ? path : nameOf(path)
      return () => column.pushString(text)
    }
  }
  if (key === 'file.size') return (_, sizeBytes) => () => column.pushSafeInteger(sizeBytes)
  return ({ path }) => {
    const micros = disk.modifiedMs(path) * 1000
    return () => column.pushSafeInteger(micros)
  }
}
