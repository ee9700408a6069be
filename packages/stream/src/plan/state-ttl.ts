import {
  didYouMean,
  type Hint,
  type Join,
  type Span,
  SqlError,
  type TableExpression,
} from '../sql/index.js'
import { durationMs } from './duration.js'
import type { PlanNode } from './node.js'
import { listed } from './scope.js'
import { tableNameOf, tableNamesIn } from './table-names.js'

/**
 * How long the rows of a table are kept in a join or a grouping of its SELECT, by the hint
 * STATE_TTL, in place of `table.exec.state.ttl`. 0 is for ever.
 */
interface StateTtl {
  readonly ttlMs: number
  readonly at: Span
}

/**
 * The hint STATE_TTL of one SELECT, by the names that tables have behind its FROM. As in Flink it
 * counts for joins that keep their rows for ever otherwise, and for a grouping without a window of
 * a single table.
 */
export class StateTtls {
  readonly #byName: ReadonlyMap<string, StateTtl>
  readonly #used = new Set<string>()

  /** @throws SqlError for a hint that names no table, or gives no duration. */
  constructor(hints: readonly Hint[], from: TableExpression | undefined) {
    const names = tableNamesIn(from)
    const byName = new Map<string, StateTtl>()
    for (const hint of hints) {
      const [alone] = hint.names
      if (alone !== undefined || hint.options.length === 0) {
        const at = alone?.at ?? hint.at
        throw new SqlError('STATE_TTL gives each table a time', at, "write STATE_TTL('t' = '1 d')")
      }
      for (const { key, keyAt, value, valueAt } of hint.options) {
        if (!names.includes(key)) {
          throw new SqlError(
            `STATE_TTL names \`${key}\`, which is no table of this FROM`,
            keyAt,
            didYouMean(key, names) ?? listed('the tables are', names) ?? 'leave it out',
          )
        }
        const ttlMs = durationMs(value)
        if (ttlMs === undefined) {
          throw new SqlError(`'${value}' is no duration`, valueAt, "write '12 h', or '1 d'")
        }
        // Of a table that is named twice the first counts.
        if (!byName.has(key)) byName.set(key, { ttlMs, at: keyAt })
      }
    }
    this.#byName = byName
  }

  /** The rows of a join, each side's as long as the hint says. */
  ofJoin(node: PlanNode, { left, right }: Join): PlanNode {
    const [ofLeft, ofRight] = [this.#of(left), this.#of(right)]
    if (ofLeft === undefined && ofRight === undefined) return node
    return onTop(node, (each) => {
      if (each.kind !== 'join') return undefined
      this.#use(left, right)
      const stateTtlMs = { left: ofLeft?.ttlMs, right: ofRight?.ttlMs }
      return { ...each, stateTtlMs }
    })
  }

  /** The groups of a grouping over one table. */
  ofGroups(node: PlanNode, from: TableExpression | undefined): PlanNode {
    const given = from === undefined || from.kind === 'join' ? undefined : this.#of(from)
    if (given === undefined || from === undefined || node.kind !== 'groupAggregate') return node
    this.#use(from)
    return { ...node, stateTtlMs: given.ttlMs }
  }

  /** @throws SqlError for a table of which nothing is kept that the hint could be for. */
  checkUsed(): void {
    for (const [name, { at }] of this.#byName) {
      if (this.#used.has(name)) continue
      throw new SqlError(
        `STATE_TTL has nothing to say of \`${name}\`: no join and no grouping keeps its rows for ever`,
        at,
        'leave it out',
      )
    }
  }

  #of(table: TableExpression): StateTtl | undefined {
    const name = tableNameOf(table)
    return name === undefined ? undefined : this.#byName.get(name)
  }

  #use(...tables: readonly TableExpression[]): void {
    for (const table of tables) {
      const name = tableNameOf(table)
      if (name !== undefined) this.#used.add(name)
    }
  }
}

/** The node that `change` changes, below filters and projections. */
function onTop(node: PlanNode, change: (node: PlanNode) => PlanNode | undefined): PlanNode {
  const changed = change(node)
  if (changed !== undefined) return changed
  if (node.kind !== 'filter' && node.kind !== 'project') return node
  return { ...node, input: onTop(node.input, change) }
}
