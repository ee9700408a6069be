import type { Field } from '../plan/type.js'

/** Which partition (by its place among the source's partitions) a row came from. */
export const partitionField: Field = {
  name: '$partition',
  type: { kind: 'int', nullable: false },
}

/** The offset of a row's record in its partition, where late records are told. */
export const offsetField: Field = {
  name: '$late_offset',
  type: { kind: 'bigint', nullable: false },
}
