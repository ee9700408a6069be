import { type ExpressionNode, type Join, notSupported, type Span, SqlError } from '../sql/index.js'
import { carriedColumn, changingNode } from './changelog.js'
import { columnAt, type Expression } from './expression.js'
import { ExpressionResolver } from './expression-resolver.js'
import { besideOneAnother, columnsOfJoin, refuseSameName } from './join.js'
import { type KeyPair, splitKeys } from './join-condition.js'
import { joinNode, type TemporalJoinNode } from './join-node.js'
import { isOfFiles, planLookupJoin, refuseChangedLeft } from './lookup-join.js'
import { conjunctionOf, conjuncts } from './rewrite-expression.js'
import { listed, type Relation } from './scope.js'
import { type Versions, versionsOf } from './versioned-table.js'

/**
 * A join with the versions of a table that counted at a time of the left: `right` is what stands
 * before FOR SYSTEM_TIME AS OF, and `asOf` what stands behind it. By processing time it is a table
 * that is looked up; `retryAt`: where a hint says that it is tried again.
 * @throws SqlError where the right has no versions, or they are not joined by their key.
 */
export function planTemporalJoin(
  join: Join,
  left: Relation,
  versioned: Relation,
  asOf: ExpressionNode,
  retryAt?: Span,
): Relation {
  const {
    right: { at },
  } = join
  const type = typeOf(join)
  refuseSameName(left, versioned, at)
  if (isProcessingTimeOf(left, asOf)) {
    return planLookupJoin({ join, type, left, right: versioned, retryAt })
  }
  const leftTime = eventTimeOf(left, asOf, lookupHint(versioned))
  const versions = versionsOf(versioned.node)
  if (versions === undefined) {
    throw new SqlError(
      'FOR SYSTEM_TIME AS OF reads a table that has no versions',
      at,
      versionsHint(versioned),
    )
  }
  refuseFiltered(versions, at)
  refuseChangedLeft(left, at)
  const right: Relation = { ...versioned, node: versions.node }
  const both = besideOneAnother(left, right, type)
  const offset = left.node.fields.length
  const written =
    join.on === undefined
      ? []
      : conjuncts(new ExpressionResolver(both, 'ON').resolveCondition(join.on))
  const { keys, rest } = versionKeys(written, versions, offset)
  refuseOtherKeys(keys, versions, join)
  refuseOtherTime(left, leftTime, versions, asOf.at)
  const conditions = [
    ...rest,
    ...versions.conditions.map((index) => columnAt(both.node.fields, offset + index)),
  ]
  const joined = joinNode(type, left.node, right.node, keys, conjunctionOf(conditions))
  const times = { leftTime, rightTime: versions.time }
  const node: TemporalJoinNode = { ...joined, kind: 'temporalJoin', type, ...times }
  return { node, columns: columnsOfJoin(both, node, left, undefined, type) }
}

function typeOf({ type, natural, using, right }: Join): TemporalJoinNode['type'] {
  if (natural || using !== undefined) {
    throw notSupported('FOR SYSTEM_TIME AS OF with USING', right.at, 'write ON a.x = b.x')
  }
  if (type === 'INNER' || type === 'LEFT') return type === 'LEFT' ? 'left' : 'inner'
  throw new SqlError(
    `FOR SYSTEM_TIME AS OF stands in no ${type} JOIN`,
    right.at,
    'use JOIN … ON or LEFT JOIN … ON, with the versions on the right',
  )
}

function versionsHint(versioned: Relation): string {
  const looksUp = lookupHint(versioned)
  if (looksUp !== undefined) return looksUp
  const changing = changingNode(versioned.node)
  const isTable = changing?.kind === 'scan' || changing?.kind === 'normalize'
  return isTable
    ? 'declare a PRIMARY KEY and a WATERMARK for it'
    : 'make them by a view: the last row of each key by event time (ROW_NUMBER() … ORDER BY time DESC, and WHERE rn = 1)'
}

/** What to write where a table of files is meant to be looked up; undefined for other tables. */
function lookupHint({ node }: Relation): string | undefined {
  return isOfFiles(node)
    ? 'files have no versions: to look them up, give the left side a column PROCTIME() AS p, and write FOR SYSTEM_TIME AS OF it'
    : undefined
}

/**
 * Whether a version counts would have to be asked of deletions too, and of what a row was before it
 * stopped counting: of these Flink takes versions back that counted.
 */
function refuseFiltered({ isTold, conditions }: Versions, at: Span): void {
  if (!isTold || conditions.length === 0) return
  throw notSupported(
    'FOR SYSTEM_TIME AS OF a view that filters a table of changes',
    at,
    'join the table itself, and ask the condition in ON',
  )
}

/** The time of which a row is wanted, and the columns of the left that it may be. */
function timeOf(left: Relation, asOf: ExpressionNode) {
  const time = new ExpressionResolver(left, 'FOR SYSTEM_TIME AS OF').resolve(asOf)
  const columns = left.columns.filter(
    ({ value }) => time.kind === 'column' && value.kind === 'field' && value.index === time.index,
  )
  return { time, columns }
}

function isProcessingTimeOf(left: Relation, asOf: ExpressionNode): boolean {
  return timeOf(left, asOf).columns.some(({ proctime }) => proctime === true)
}

/** The field of the left that is the event time of which a version is wanted. */
function eventTimeOf(left: Relation, asOf: ExpressionNode, looksUp?: string): number {
  const { time, columns } = timeOf(left, asOf)
  if (time.kind === 'column' && columns.some(({ rowtime }) => rowtime)) return time.index
  const times = left.columns.filter(({ rowtime }) => rowtime).map(({ name }) => name)
  throw new SqlError(
    'FOR SYSTEM_TIME AS OF takes an event time of the left side',
    asOf.at,
    looksUp ?? listed('the event times are', times) ?? 'declare a WATERMARK for it',
  )
}

/** Of the conditions those that give the key of a version, and the others. */
function versionKeys(
  conditions: readonly Expression[],
  { keys }: Versions,
  offset: number,
): { keys: KeyPair[]; rest: Expression[] } {
  const found = new Map<number, KeyPair>()
  const rest: Expression[] = []
  for (const condition of conditions) {
    const [pair] = splitKeys([condition], offset).keys
    const column = pair === undefined ? undefined : carriedColumn(pair.right)
    const isNew = column !== undefined && keys.includes(column) && !found.has(column)
    if (pair !== undefined && isNew) found.set(column, pair)
    else rest.push(condition)
  }
  return { keys: [...found.values()], rest }
}

function refuseOtherKeys(keys: readonly KeyPair[], versions: Versions, join: Join): void {
  if (keys.length === versions.keys.length && keys.length > 0) return
  const names = versions.keys.map((key) => versions.node.fields[key]?.name ?? '')
  throw new SqlError(
    'the versions are not joined by their whole key',
    join.on?.at ?? join.right.at,
    listed('compare each with a column of the left: the columns of the key are', names),
  )
}

function refuseOtherTime(left: Relation, leftTime: number, versions: Versions, at: Span): void {
  const [one, other] = [left.node.fields[leftTime], versions.node.fields[versions.time]]
  if (one?.type.kind === other?.type.kind) return
  throw new SqlError(
    'the event times of the two sides are of different kinds',
    at,
    'give both TIMESTAMP, or both TIMESTAMP_LTZ',
  )
}
