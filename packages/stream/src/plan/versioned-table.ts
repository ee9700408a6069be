import { changingNode } from './changelog.js'
import { withComputedFields } from './computed-fields.js'
import { columnAt } from './expression.js'
import type { PlanNode, ScanNode } from './node.js'
import type { RankNode } from './rank-node.js'
import { sourceChangelogOf } from './source-changelog.js'
import { fieldAt } from './type.js'

/** A relation whose rows are versions: of each key the one that counts at a time. */
export interface Versions {
  /** Gives each version as a row. Its first fields are those of the node it was made of. */
  readonly node: PlanNode
  /** Event time, from which a version counts. */
  readonly time: number
  readonly keys: readonly number[]
  /** What has to be TRUE of a version, or its key has no row at that time. */
  readonly conditions: readonly number[]
  /** The node gives changes: of a deletion nothing is known but when it ends its version. */
  readonly isTold: boolean
}

/**
 * The versions behind a table that tells changes by key and has event time, or behind the last row
 * of each key by event time (ROW_NUMBER() … = 1), with filters and projections above it; undefined
 * for any other node. Every row below the ranking is a version: the ranking itself would give out
 * only what is the last in a step. So is every row by key below what makes changes of these: what the
 * row was before does not matter.
 */
export function versionsOf(node: PlanNode): Versions | undefined {
  switch (node.kind) {
    case 'normalize':
      return node.input.kind === 'scan' ? versionsOfScan(node.input) : undefined
    case 'scan':
      return versionsOfScan(node)
    case 'rank':
      return isLastByTime(node) ? versionsOfRank(node) : undefined
    case 'filter': {
      const below = versionsOf(node.input)
      if (below === undefined) return undefined
      const condition = { expression: node.condition, name: '$counts' }
      const { node: input, indexes } = withComputedFields(below.node, [condition])
      return { ...below, node: input, conditions: [...below.conditions, ...indexes] }
    }
    case 'project': {
      const below = versionsOf(node.input)
      if (below === undefined) return undefined
      const expressions = [...node.expressions]
      const fields = [...node.fields]
      const carried = (index: number): number => {
        const place = expressions.findIndex(
          (each) => each.kind === 'column' && each.index === index,
        )
        if (place >= 0) return place
        expressions.push(columnAt(below.node.fields, index))
        fields.push(fieldAt(below.node.fields, index))
        return fields.length - 1
      }
      const time = carried(below.time)
      const keys = below.keys.map(carried)
      const conditions = below.conditions.map(carried)
      const input = below.node
      const project: PlanNode = { kind: 'project', input, expressions, fields }
      return { ...below, node: project, time, keys, conditions }
    }
    default:
      return undefined
  }
}

function versionsOfScan(scan: ScanNode): Versions | undefined {
  const { table, watermark, fields } = scan
  if (sourceChangelogOf(table) === 'append' || watermark === undefined) return undefined
  const keys = table.primaryKey.map((name) => fields.findIndex((field) => field.name === name))
  if (keys.length === 0) return undefined
  return { node: scan, time: watermark.column, keys, conditions: [], isTold: true }
}

function isLastByTime({ range, order, byTime, numbered, input }: RankNode): boolean {
  const isOne = range?.from === 1 && range.to === 1 && !numbered
  return isOne && byTime && order[0]?.descending === true && changingNode(input) === undefined
}

function versionsOfRank({ input, order, partitionKeys }: RankNode): Versions | undefined {
  const [time] = order
  if (time === undefined) return undefined
  return { node: input, time: time.column, keys: partitionKeys, conditions: [], isTold: false }
}
