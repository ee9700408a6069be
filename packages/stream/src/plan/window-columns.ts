import type { WindowPart } from './scope.js'
import type { DataType } from './type.js'

/** In the order of their fields in a node. */
export const windowParts: readonly WindowPart[] = ['start', 'end', 'time']

export function windowType(part: WindowPart, time: DataType): DataType {
  return part === 'time'
    ? windowTimeType(time)
    : { kind: 'timestamp', precision: 3, nullable: false }
}

/** The last instant of a window, in the kind of time that was given. */
export function windowTimeType(time: DataType): DataType {
  const kind = time.kind === 'timestampLtz' ? 'timestampLtz' : 'timestamp'
  return { kind, precision: 3, nullable: false }
}
