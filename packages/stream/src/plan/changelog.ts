import type { Expression } from './expression.js'
import type { IntervalJoinNode, JoinNode, WindowJoinNode } from './join-node.js'
import { inputsOf, type PlanNode, type ScanNode } from './node.js'
import { changesRanks, rankName, uniqueKeysOfRank } from './rank-changelog.js'
import { columnsOf } from './rewrite-expression.js'
import { sourceChangelogOf } from './source-changelog.js'
import type { DataType } from './type.js'
import { isInteger, isText } from './type-family.js'
import type { WindowTableNode } from './window-node.js'

/**
 * What kinds of changes a node gives: `append` new rows only, `retract` every change of a row that
 * was given out before, as the row before and the row after, and deletions.
 */
export type Changelog = 'append' | 'retract'

export function changelogOf(node: PlanNode): Changelog {
  return changingNode(node) === undefined ? 'append' : 'retract'
}

/** The topmost node that makes an append-only changelog one that is not; undefined for none. */
export function changingNode(node: PlanNode): PlanNode | undefined {
  switch (node.kind) {
    case 'scan':
      return sourceChangelogOf(node.table) === 'append' ? undefined : node
    case 'normalize':
      return node
    case 'windowAggregate':
    case 'intervalJoin':
    case 'windowJoin':
    case 'temporalJoin':
    case 'lookupJoin':
      return undefined
    case 'groupAggregate':
    case 'materialize':
      return node
    case 'sessionTable':
    case 'firstRow':
    case 'windowRank':
    case 'sort':
    case 'over':
    case 'match':
      return undefined
    case 'rank':
      return changesRanks(node) ? node : changingNode(node.input)
    case 'join':
      if (node.type !== 'inner' && node.type !== 'semi') return node
      return inputsOf(node)
        .map(changingNode)
        .find((changing) => changing !== undefined)
    case 'filter':
    case 'project':
    case 'windowTable':
    case 'expand':
    case 'unnest':
    case 'union':
      return inputsOf(node)
        .map(changingNode)
        .find((changing) => changing !== undefined)
  }
}

/** What a reader of an error knows the node as. */
export function operatorName(node: PlanNode): string {
  switch (node.kind) {
    case 'groupAggregate':
      return node.aggregates.length > 0 ? 'GROUP BY without a window' : 'SELECT DISTINCT'
    case 'windowAggregate':
      return 'GROUP BY of a window'
    case 'expand':
      return 'GROUPING SETS'
    case 'normalize':
    case 'materialize':
      return operatorName(node.input)
    case 'unnest':
      return 'UNNEST'
    case 'sessionTable':
      return 'the window SESSION'
    case 'windowTable':
      return `the window ${node.window.kind.toUpperCase()}`
    case 'scan':
      return `the table ${node.table.name}`
    case 'filter':
      return 'WHERE'
    case 'project':
      return 'SELECT'
    case 'union':
      return 'UNION ALL'
    case 'intervalJoin':
      return 'a join within an interval'
    case 'temporalJoin':
    case 'lookupJoin':
      return 'FOR SYSTEM_TIME AS OF'
    case 'windowJoin':
      return 'a join of windows'
    case 'join':
      return joinName(node)
    case 'rank':
    case 'firstRow':
    case 'windowRank':
      return rankName(node)
    case 'sort':
      return 'ORDER BY'
    case 'over':
      return 'OVER'
    case 'match':
      return 'MATCH_RECOGNIZE'
  }
}

function joinName({ type }: JoinNode): string {
  switch (type) {
    case 'inner':
      return 'JOIN'
    case 'semi':
      return 'IN or EXISTS'
    case 'mark':
      return 'IN or EXISTS under OR or within an expression'
    case 'anti':
      return 'NOT IN or NOT EXISTS'
    default:
      return `${type.toUpperCase()} JOIN`
  }
}

/**
 * Fields that tell the rows of a node apart, of those that count at one time: each set of them
 * alone does. None where nothing is known. `read` are the fields that are read above; all of them
 * by default.
 */
export function uniqueKeysOf(
  node: PlanNode,
  read: ReadonlySet<number> = new Set(node.fields.keys()),
): readonly (readonly number[])[] {
  switch (node.kind) {
    case 'scan':
      return uniqueKeyOfTable(node)
    case 'union':
    case 'lookupJoin':
    case 'match':
      return []
    case 'filter':
      return uniqueKeysOf(node.input, new Set([...read, ...columnsOf(node.condition)]))
    case 'project': {
      const places = new Map<number, number>()
      node.expressions.forEach((expression, place) => {
        const column = carriedColumn(expression)
        if (column !== undefined && !places.has(column)) places.set(column, place)
      })
      const readBelow = node.expressions.flatMap((expression, index) => {
        return read.has(index) ? [...columnsOf(expression)] : []
      })
      return uniqueKeysOf(node.input, new Set(readBelow)).flatMap((key) => {
        const moved = key.flatMap((column) => places.get(column) ?? [])
        return moved.length === key.length ? [moved] : []
      })
    }
    case 'groupAggregate':
      return [node.keys.map((_, index) => index)]
    case 'join':
    case 'intervalJoin':
    case 'windowJoin':
      return uniqueKeysOfJoin(node)
    case 'temporalJoin':
      return uniqueKeysOf(node.left)
    case 'rank':
    case 'windowRank':
      return uniqueKeysOfRank(node, read, uniqueKeysOf(node.input))
    case 'sort':
    case 'over':
    case 'sessionTable':
      return uniqueKeysOf(node.input)
    case 'firstRow':
      return [node.partitionKeys, ...uniqueKeysOf(node.input)]
    case 'windowTable':
      return uniqueKeysOfWindowTable(node)
    case 'expand':
      return uniqueKeysOf(node.input).map((key) => [...key, node.fields.length - 1])
    case 'normalize':
    case 'materialize':
      return [node.keys]
    case 'unnest':
      if (!node.withOrdinality) return []
      return uniqueKeysOf(node.input).map((key) => [...key, node.fields.length - 1])
    case 'windowAggregate': {
      const keys = node.keys.map((_, index) => index)
      const start = node.keys.length + node.aggregates.length
      const byEnd = [...keys, start + 1]
      // Windows that cumulate begin at the same time and end one after another.
      return node.window.kind === 'cumulate' ? [byEnd] : [[...keys, start], byEnd]
    }
  }
}

/** The PRIMARY KEY, where the records say of each row what becomes of it. */
function uniqueKeyOfTable({ table, fields }: ScanNode): readonly (readonly number[])[] {
  if (table.primaryKey.length === 0) return []
  const key = table.primaryKey.map((name) => fields.findIndex((field) => field.name === name))
  return key.includes(-1) ? [] : [key]
}

/**
 * A key of each side together tells the rows apart; and where the join's keys hold a key of one
 * side, each row of the other has one match at most, so that the other's key is enough.
 */
function uniqueKeysOfJoin(
  node: JoinNode | IntervalJoinNode | WindowJoinNode,
): readonly (readonly number[])[] {
  const offset = node.left.fields.length
  const ofLeft = uniqueKeysOf(node.left)
  const ofRight = uniqueKeysOf(node.right).map((key) => key.map((column) => column + offset))
  // Rows of different windows never meet: the end of the window is a key like any other.
  const [leftEnd, rightEnd] =
    node.kind === 'windowJoin' ? [[node.leftEnd], [node.rightEnd]] : [[], []]
  const leftKeys = [...node.leftKeys, ...leftEnd]
  const rightKeys = [...node.rightKeys, ...rightEnd].map((column) => column + offset)
  const isWithin = (key: readonly number[], columns: readonly number[]) =>
    key.every((column) => columns.includes(column))
  const both = ofLeft.flatMap((left) => ofRight.map((right) => [...left, ...right]))
  // A side that may be padded with NULLs has no key of its own in what comes out.
  const leftAlone = ofRight.some((key) => isWithin(key, rightKeys)) ? ofLeft : []
  const rightAlone = ofLeft.some((key) => isWithin(key, leftKeys)) ? ofRight : []
  switch (node.type) {
    case 'inner':
      return [...leftAlone, ...rightAlone, ...both]
    case 'left':
      return [...leftAlone, ...both]
    case 'right':
      return [...rightAlone, ...both]
    case 'full': {
      // Padded rows of the two sides are told apart by what is NULL in the one alone.
      const given = [...node.left.fields, ...node.right.fields]
      return both.filter((key) => key.some((column) => given[column]?.type.nullable === false))
    }
    case 'semi':
    case 'anti':
    case 'mark':
      return ofLeft
  }
}

/** A key of the input tells the rows apart, but for those that one row became. */
function uniqueKeysOfWindowTable(node: WindowTableNode): readonly (readonly number[])[] {
  const start = node.input.fields.length
  const keys = uniqueKeysOf(node.input)
  switch (node.window.kind) {
    case 'tumble':
      return keys
    case 'hop':
      return keys.flatMap((key) => [
        [...key, start],
        [...key, start + 1],
      ])
    case 'cumulate':
      return keys.map((key) => [...key, start + 1])
  }
}

/** The column whose values an expression gives, none of them brought together with another. */
export function carriedColumn(expression: Expression): number | undefined {
  if (expression.kind === 'column') return expression.index
  if (expression.kind !== 'cast' || expression.tryCast) return undefined
  return isOneToOne(expression.input.type, expression.type)
    ? carriedColumn(expression.input)
    : undefined
}

const integerKinds = ['tinyint', 'smallint', 'int', 'bigint']

/** Does a cast keep different values different? True only where that is certain. */
function isOneToOne(from: DataType, to: DataType): boolean {
  if (isInteger(from) && isInteger(to)) {
    return integerKinds.indexOf(from.kind) <= integerKinds.indexOf(to.kind)
  }
  if (isText(from) && isText(to)) return to.kind === 'varchar' && to.length >= from.length
  if (from.kind === 'decimal' && to.kind === 'decimal') {
    return to.scale >= from.scale && to.precision - to.scale >= from.precision - from.scale
  }
  if (from.kind === 'timestamp' || from.kind === 'timestampLtz') {
    return from.kind === to.kind && to.precision >= from.precision
  }
  return JSON.stringify({ ...from, nullable: true }) === JSON.stringify({ ...to, nullable: true })
}
