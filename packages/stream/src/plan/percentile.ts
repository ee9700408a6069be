import { type CallNode, type ExpressionNode, notSupported, SqlError } from '../sql/index.js'
import type { DataType } from './type.js'

const double: DataType = { kind: 'double', nullable: true }

/** What PERCENTILE is asked for: a share of the rows from 0 to 1, or several in an array. */
export interface Percentages {
  readonly shares: readonly number[]
  /** DOUBLE, or an array of it; NULL where there is no value. */
  readonly type: DataType
}

/** @throws SqlError where they are not written as numbers from 0 to 1. */
export function percentagesOf({ arguments: given, at }: CallNode): Percentages {
  const [, node, frequency] = given
  if (frequency !== undefined) {
    throw notSupported('PERCENTILE with frequencies', frequency.at, 'leave the third argument out')
  }
  if (node === undefined) {
    throw new SqlError('PERCENTILE takes a value and a share', at, 'write PERCENTILE(column, 0.5)')
  }
  if (node.kind === 'constructor' && node.type === 'ARRAY') {
    const type: DataType = { kind: 'array', element: double, nullable: true }
    return { shares: node.items.map(shareOf), type }
  }
  return { shares: [shareOf(node)], type: double }
}

function shareOf(node: ExpressionNode): number {
  const share = node.kind === 'number' ? Number(node.text) : Number.NaN
  if (share >= 0 && share <= 1) return share
  throw new SqlError('the share of PERCENTILE is a number from 0 to 1', node.at, 'write 0.5')
}
