import { seededRandom } from '@millrace/host'
import { type Change, type Column, keyText, type TableSpec } from '@millrace/olap'

export const upsertTable: TableSpec = {
  name: 'latest',
  topic: 'history',
  key: ['id'],
  upsert: true,
}
export const rowsTable: TableSpec = { name: 'all_rows', topic: 'history', key: [], upsert: false }

export const historyColumns: Column[] = [
  { name: 'id', type: { kind: 'INTEGER' } },
  { name: 'offset_read', type: { kind: 'BIGINT' } },
]

/** The same changes for the same seed: ids come again, and some are removed. */
export function historyOf(seed: number, length = 2_500): Change[] {
  const random = seededRandom(seed)
  return Array.from({ length }, (_, offset) => {
    const id = random.below(300)
    const kind = random.below(5) === 0 ? 'remove' : 'set'
    return { kind, key: keyText([id]), row: [id, BigInt(offset)] }
  })
}

/** What the upsert table must hold at the end: offset by id. */
export function foldOf(history: readonly Change[]): Map<number, number> {
  const latest = new Map<number, number>()
  for (const { kind, row } of history) {
    if (kind === 'set') latest.set(Number(row[0]), Number(row[1]))
    else latest.delete(Number(row[0]))
  }
  return latest
}
