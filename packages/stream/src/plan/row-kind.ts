/** Flink's codes for the kinds of changes (`org.apache.flink.types.RowKind`). */
export const rowKind = { insert: 0, updateBefore: 1, updateAfter: 2, delete: 3 } as const

export type RowKind = (typeof rowKind)[keyof typeof rowKind]

/** Whether a row comes by the change; else one goes. */
export function isComing(kind: RowKind): boolean {
  return kind === rowKind.insert || kind === rowKind.updateAfter
}
