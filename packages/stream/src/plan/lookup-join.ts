import { type Join, notSupported, type Span, SqlError } from '../sql/index.js'
import { changingNode, operatorName } from './changelog.js'
import type { Expression } from './expression.js'
import { ExpressionResolver } from './expression-resolver.js'
import { reloadInterval } from './filesystem-options.js'
import { besideOneAnother, columnsOfJoin } from './join.js'
import { splitKeys } from './join-condition.js'
import { joinNode, type LookupJoinNode } from './join-node.js'
import { type PlanNode, scansOf } from './node.js'
import { readsProcessingTime } from './processing-time.js'
import { columnsOf, conjunctionOf, conjuncts } from './rewrite-expression.js'
import type { Relation } from './scope.js'
import type { TableDefinition } from './table.js'

/**
 * A join with a table as it is when a row comes (FOR SYSTEM_TIME AS OF processing time). The table
 * is one of files, which is read whole when the job starts, and again when it is started again.
 * @throws SqlError where the table is none that can be looked up, or none of its columns is looked
 * for.
 */
export function planLookupJoin(of: {
  join: Join
  type: LookupJoinNode['type']
  left: Relation
  right: Relation
  /** Where a hint says that what finds nothing is looked up again. */
  retryAt?: Span | undefined
}): Relation {
  const { join, type, left, right, retryAt } = of
  const { at } = join.right
  refuseOtherTables(right.node, at)
  if (retryAt !== undefined) refuseRetries(right.node, retryAt)
  refuseChangedLeft(left, at)
  const both = besideOneAnother(left, right, type)
  const offset = left.node.fields.length
  const conditions =
    join.on === undefined
      ? []
      : conjuncts(new ExpressionResolver(both, 'ON').resolveCondition(join.on))
  const { keys, rest } = splitKeys(conditions, offset)
  if (keys.length === 0 && !rest.some((each) => looksFor(each, offset))) {
    throw new SqlError(
      'no column of the table is looked for',
      join.on?.at ?? at,
      'compare one with a column of the left: ON a.x = b.x',
    )
  }
  const joined = joinNode(type, left.node, right.node, keys, conjunctionOf(rest))
  const node: LookupJoinNode = { ...joined, kind: 'lookupJoin', type }
  return { node, columns: columnsOfJoin(both, node, left, undefined, type) }
}

/** In a table that stays as it was, another try finds what the first one found: there is none. */
function refuseRetries(right: PlanNode, at: Span): void {
  const isReadAgain = scansOf(right).some(({ table }) => {
    return table.options.has(reloadInterval)
  })
  if (!isReadAgain) return
  throw notSupported(
    'another try of a lookup in a table that is read again',
    at,
    `leave it out: a row is looked up once, in what '${reloadInterval}' keeps new`,
  )
}

/** @throws SqlError where rows of the left may be taken back. */
export function refuseChangedLeft({ node }: Relation, at: Span): void {
  const changing = changingNode(node)
  if (changing === undefined) return
  throw notSupported(
    `FOR SYSTEM_TIME AS OF beside rows that ${operatorName(changing)} changes`,
    at,
    'join what comes before that',
  )
}

/** Is something of the right, whose fields begin at `offset`, compared with a constant? */
function looksFor(condition: Expression, offset: number): boolean {
  if (condition.kind !== 'call' || condition.function !== '=') return false
  const [one = [], other = []] = condition.arguments.map((each) => [...columnsOf(each)])
  const ofRight = [...one, ...other]
  const isOneSided = one.length === 0 || other.length === 0
  return isOneSided && ofRight.length > 0 && ofRight.every((index) => index >= offset)
}

/** Can it be looked up? */
export function isOfFiles(node: PlanNode): boolean {
  return tableOf(node)?.options.get('connector') === 'filesystem'
}

function refuseOtherTables(node: PlanNode, at: Span): void {
  const table = tableOf(node)
  if (table === undefined || !isOfFiles(node)) {
    throw notSupported(
      'FOR SYSTEM_TIME AS OF processing time, but of a table of files,',
      at,
      "look up a table of 'connector' = 'filesystem', or give the event time of the left side",
    )
  }
  if (table.options.has('source.monitor-interval')) {
    throw notSupported(
      "FOR SYSTEM_TIME AS OF processing time of a table with 'source.monitor-interval'",
      at,
      'leave the option out: the files are read when the job starts',
    )
  }
  const timed = table.columns.find(
    ({ expression }) => expression && readsProcessingTime(expression),
  )
  if (timed === undefined) return
  throw notSupported(
    `the present time in a table that is looked up (\`${timed.name}\`)`,
    at,
    'compute it of the rows of the left',
  )
}

/** The table that is filtered and projected, and nothing else. */
function tableOf(node: PlanNode): TableDefinition | undefined {
  if (node.kind === 'scan') return node.table
  return node.kind === 'filter' || node.kind === 'project' ? tableOf(node.input) : undefined
}
