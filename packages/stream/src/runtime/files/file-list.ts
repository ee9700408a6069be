import type { Disk } from '@millrace/host'
import { pathOf } from '../../plan/filesystem-options.js'
import type { TableDefinition } from '../../plan/table.js'
import { defaultPartitionName, partitionValues } from './partition-path.js'

/** A file of a table that is read. */
export interface ListedFile {
  /** Below the table's folder; its name where the table is one file. */
  readonly file: string
  readonly path: string
  /** The values of the columns that are folders. */
  readonly partition: readonly (string | null)[]
}

/** The folder, or the one file, that a table is. */
export function rootOf({ options }: TableDefinition): string {
  return (pathOf(options.get('path') ?? '') ?? '').replace(/(?<=.)\/+$/, '')
}

/** The files of a table as it says where they are. */
export function filesOf(disk: Disk, table: TableDefinition): ListedFile[] {
  const defaultName = table.options.get('partition.default-name') ?? defaultPartitionName
  return listFiles(disk, rootOf(table), table.partitionedBy ?? [], defaultName)
}

/**
 * The files of a table, in the order of their paths. Names that begin with `.` or `_` are hidden;
 * of a table with partitions only files count that lie within folders of these.
 */
export function listFiles(
  disk: Disk,
  root: string,
  partitionedBy: readonly string[],
  defaultName: string,
): ListedFile[] {
  const kind = disk.kind(root)
  if (kind === undefined) return []
  if (kind === 'file') {
    return [{ file: root.slice(root.lastIndexOf('/') + 1), path: root, partition: [] }]
  }
  const found: ListedFile[] = []
  const visit = (folder: string, below: readonly string[]) => {
    for (const name of disk.list(folder)) {
      if (name.startsWith('.') || name.startsWith('_')) continue
      const path = `${folder}/${name}`
      const parts = [...below, name]
      if (disk.kind(path) === 'directory') {
        visit(path, parts)
        continue
      }
      if (below.length < partitionedBy.length) continue
      const partition = partitionValues(below, partitionedBy, defaultName)
      if (partition !== undefined) found.push({ file: parts.join('/'), path, partition })
    }
  }
  visit(root, [])
  return found.sort((left, right) => (left.file < right.file ? -1 : 1))
}
